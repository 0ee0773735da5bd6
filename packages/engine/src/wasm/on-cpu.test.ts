import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '../open';
import { type WasmBackend, allocate, improve, sizeOf } from './backend';
import { onCpu } from './on-cpu';

beforeAll(() => openEngine({ prefer: 'wasm' }));
const wasm = () => tf.backend() as WasmBackend;

describe('what only plain JavaScript computes', () => {
  /** The numbers of an operation, which leaves no memory of either backend behind. */
  function numbers(op: () => tf.Tensor): number[] {
    const [cpu, before] = [tf.engine().findBackend('cpu'), tf.memory().numDataBuffers];
    const held = cpu.numDataIds();
    const values = tf.tidy(() => Array.from(op().dataSync()));
    expect([cpu.numDataIds(), tf.memory().numDataBuffers]).toEqual([held, before]);
    return values;
  }

  it.each<[string, () => tf.Tensor, number[]]>([
    ['one input', () => tf.linalg.bandPart(tf.ones([2, 2]), 0, 0), [1, 0, 0, 1]],
    ['two inputs', () => tf.atan2(tf.tensor1d([0, 1]), tf.tensor1d([1, 0])), [0, Math.fround(Math.PI / 2)]],
    ['a list of inputs', () => tf.einsum('ij,jk->ik', tf.ones([1, 2]), tf.tensor2d([[3], [4]])), [7]],
    ['several results', () => tf.unique(tf.tensor1d([5, 7, 5])).indices, [0, 1, 0]],
    ['an input that is the result', () => tf.floorDiv(tf.tensor1d([7, -7], 'int32'), tf.scalar(2, 'int32')), [3, -4]],
    ['nothing', () => tf.atan2(tf.zeros([0]), tf.zeros([0])), []],
  ])('is given back from %s', (_, op, expected) => expect(numbers(op)).toEqual(expected));

  it('is refused for complex numbers, by the name of the operation', () => {
    const before = tf.engine().findBackend('cpu').numDataIds();
    expect(() => tf.tidy(() => tf.spectral.rfft(tf.ones([4])))).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringMatching(
          /^\w+ computes with complex numbers, which the WASM engine does not hold; choose native or cpu\.$/,
        ),
      }),
    );
    expect(tf.engine().findBackend('cpu').numDataIds()).toBe(before);
  });

  it('passes errors of a kernel on, and keeps nothing of its inputs', () => {
    const cpu = tf.engine().findBackend('cpu');
    const [before, x] = [cpu.numDataIds(), tf.ones([2, 3])];
    expect(() => onCpu('NoSuchKernel', { inputs: { x }, attrs: {}, backend: wasm() })).toThrow();
    const call = { inputs: { x }, attrs: { axis: 0, shape: [7] }, backend: wasm() };
    expect(() => onCpu('Reshape', call)).toThrow('must match the product of shape 7');
    expect(cpu.numDataIds()).toBe(before);
    x.dispose();
  });
});

describe('an improvement', () => {
  it('is asked first, and may leave a call to what was there', () => {
    const seen: string[] = [];
    improve('Neg', (call, original) => (seen.push('inner'), original(call)));
    improve('Neg', (call, original) => (seen.push('outer'), original(call)));
    tf.tidy(() => expect(Array.from(tf.neg(tf.tensor1d([1, -2])).dataSync())).toEqual([-1, 2]));
    expect(seen).toEqual(['outer', 'inner']);
  });

  it('is refused for a kernel that is not there', () =>
    expect(() => improve('NoSuchKernel', (call, original) => original(call))).toThrow());
});

it.each([
  [[], 1],
  [[3], 3],
  [[2, 3, 4], 24],
  [[2, 0, 4], 0],
])('the shape %j has %i numbers', (shape, expected) => expect(sizeOf(shape)).toBe(expected));

it('views of what is given hold the same numbers after memory has grown for what is made', () => {
  const x = tf.tensor1d([1, 2, 3]);
  // More than a new module has: making it moves the memory.
  const { out, to, from } = allocate(wasm(), [1 << 24], 'float32', [x]);
  expect([to.length, [...from[0]!]]).toEqual([1 << 24, [1, 2, 3]]);
  wasm().disposeData(out.dataId);
  x.dispose();
});

import * as tf from '@tensorflow/tfjs-core';
import { describeNative, nativeBackend } from '../../../test/native';
import type { NativeBackend } from '../kernels/load-kernels';
import { TYPES } from '../tensorflow/types';
import { CAPACITY, compileNative } from './compile';
import { signature } from './signature';
import { trace } from './trace';

it('a signature tells types, shapes and their order apart', () => {
  const tensor = (dtype: string, ...shape: number[]) => ({ dtype, shape }) as tf.Tensor;
  const [scalar, row] = [tensor('float32'), tensor('float32', 1, 12)];
  const lists = [[], [scalar], [row], [tensor('float32', 11, 2)], [tensor('float32', 112)], [tensor('int32')]];
  const signatures = [...lists, [scalar, row], [row, scalar], [scalar, scalar]].map(signature);
  expect(new Set(signatures).size).toBe(signatures.length);
  expect(signature([tensor('float32', 1, 12)])).toBe(signature([row]));
});

describeNative('tracing', () => {
  let backend: NativeBackend;
  let before: number[];
  const counts = () => [tf.memory().numTensors, backend.binding.getNumOfTensors()];
  beforeAll(async () => {
    backend = await nativeBackend();
  });
  beforeEach(() => (before = counts()));
  afterEach(() => expect(counts()).toEqual(before));

  it('shows a function types and shapes of its inputs, and tells those of its results', () => {
    const inputs = [tf.ones([2, 3]), tf.zeros([0, 4], 'int32'), tf.scalar(true, 'bool')];
    let shown: (string | number[])[][] = [];
    const { name, results } = trace(
      backend,
      (given) => {
        shown = given.map(({ dtype, shape }) => [dtype, shape]);
        return [tf.sum(given[0]!, 1), tf.cast(given[1]!, 'float32'), tf.logicalNot(given[2]!)];
      },
      inputs,
    );
    expect(shown).toEqual([
      ['float32', [2, 3]],
      ['int32', [0, 4]],
      ['bool', []],
    ]);
    expect(results).toEqual([
      { dtype: TYPES.TF_FLOAT, shape: [2] },
      { dtype: TYPES.TF_FLOAT, shape: [0, 4] },
      { dtype: TYPES.TF_BOOL, shape: [] },
    ]);
    backend.binding.removeFunction(name);
    tf.dispose(inputs);
  });

  it('puts everything back when the function fails', () => {
    const { binding } = backend;
    const x = tf.ones([2]);
    const failing = (): tf.Tensor[] => {
      tf.add(x, 1);
      throw new Error('of the function');
    };
    expect(() => trace(backend, failing, [x], { fuse: true })).toThrow('of the function');
    expect(backend.binding).toBe(binding);
    expect(backend.fuse).toBeUndefined();
    expect(Array.from(tf.tidy(() => tf.add(x, 1)).dataSync())).toEqual([2, 2]);
    x.dispose();
    before[0]! += 1;
    before[1]! += 1;
  });
});

describeNative('a compiled function', () => {
  let backend: NativeBackend;
  beforeAll(async () => {
    backend = await nativeBackend();
  });

  /** Calls that are traced, and the first number of the last result. */
  function counted(fn: (inputs: tf.Tensor[]) => tf.Tensor[]) {
    let traced = 0;
    const compiled = compileNative(backend, (inputs) => (traced++, fn(inputs)));
    const call = (...inputs: tf.Tensor[]): number => {
      const results = compiled(inputs);
      const number = results[0]!.dataSync()[0]!;
      tf.dispose([inputs, results]);
      return number;
    };
    return { call, traced: () => traced, dispose: () => compiled.dispose() };
  }
  const ones = (length: number) => tf.ones([length]);

  it('is traced once for each list of types and shapes', () => {
    const { call, traced, dispose } = counted(([x, y]) => [tf.add(tf.sum(tf.cast(x!, 'float32')), y ?? 0)]);
    expect(call(ones(3))).toBe(3);
    expect(call(tf.fill([3], 5))).toBe(15);
    expect(traced()).toBe(1);
    expect(call(tf.ones([3], 'int32'))).toBe(3);
    expect(call(ones(3), tf.scalar(4))).toBe(7);
    expect(call(tf.ones([1, 3]))).toBe(3);
    expect(traced()).toBe(4);
    dispose();
  });

  it('keeps the traces that are used, and drops the one that was not for longest', () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { call, traced, dispose } = counted(([x]) => [tf.sum(x!)]);
    for (let length = 1; length <= CAPACITY; length++) call(ones(length));
    call(ones(1));
    expect(traced()).toBe(CAPACITY);
    call(ones(CAPACITY + 1));
    expect(call(ones(1))).toBe(1);
    expect(traced()).toBe(CAPACITY + 1);
    expect(call(ones(2))).toBe(2);
    expect(traced()).toBe(CAPACITY + 2);
    expect(warning.mock.calls).toEqual([
      [`a compiled function met more than ${CAPACITY} lists of shapes; pad its inputs to fewer`],
    ]);
    dispose();
    warning.mockRestore();
  });

  it('is traced anew after it was disposed, or after a trace that failed', () => {
    let fails = true;
    const { call, traced, dispose } = counted(([x]) => {
      if (fails) throw new Error('not yet');
      return [tf.neg(x!)];
    });
    const x = ones(1);
    expect(() => call(x)).toThrow('not yet');
    fails = false;
    expect(call(x)).toBe(-1);
    dispose();
    expect(call(ones(1))).toBe(-1);
    expect(traced()).toBe(3);
    dispose();
  });

  it('gives the same with one op after another', () => {
    const fn = ([x]: tf.Tensor[]) => [tf.softmax(tf.mul(x!, 3)), tf.cumsum(x!)];
    const x = tf.tensor1d([0, 1, 2]);
    const [plain, sequential] = [false, true].map((sequential) => compileNative(backend, fn, { sequential }));
    const [expected, found] = [plain!([x]), sequential!([x])];
    found.forEach((tensor, i) => expect(tensor.dataSync()).toEqual(expected[i]!.dataSync()));
    plain!.dispose();
    sequential!.dispose();
    tf.dispose([x, ...expected, ...found]);
  });
});

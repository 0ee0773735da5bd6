import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describeNative, nativeBackend } from '../../../test/native';
import { openHandles } from './tensors';
import { type Binding, type HostValues, TYPES } from './types';

describe('the numbers of tensors', () => {
  it('are new each time, and known until they are removed', () =>
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.func(fc.boolean()), (given, leaves) => {
        const handles = openHandles();
        const ids = given.map((handle) => handles.insert(handle));
        expect(new Set(ids).size).toBe(given.length);
        const kept = ids.filter((id) => !leaves(id));
        ids.filter((id) => leaves(id)).forEach((id) => handles.remove(id));
        expect(handles.count()).toBe(kept.length);
        // A number is not given again, so that what kept the old one cannot reach another tensor.
        expect(ids).not.toContain(handles.insert(7));
        kept.forEach((id) => expect(handles.get(id)).toBe(given[ids.indexOf(id)]));
      }),
    ));

  it('are refused in words: of one that was disposed, and of one of a trace', () => {
    const handles = openHandles();
    const id = handles.insert(5);
    handles.remove(id);
    expect(() => handles.get(id)).toThrow(`there is no native tensor ${id}; it was disposed`);
    expect(() => handles.get(-2)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: 'A tensor from inside a compiled function was used outside it: return it as a result.',
      }),
    );
  });
});

describeNative('tensors of TensorFlow', () => {
  let binding: Binding;
  let before: number;
  beforeAll(async () => ({ binding } = await nativeBackend()));
  beforeEach(() => (before = binding.getNumOfTensors()));
  afterEach(() => expect(binding.getNumOfTensors()).toBe(before));

  const kinds: [string, number, fc.Arbitrary<number | bigint>, (values: never[]) => HostValues][] = [
    ['float32', TYPES.TF_FLOAT, fc.float(), (values) => Float32Array.from(values)],
    ['int32', TYPES.TF_INT32, fc.integer(), (values) => Int32Array.from(values)],
    ['uint8', TYPES.TF_UINT8, fc.integer({ min: 0, max: 255 }), (values) => Uint8Array.from(values)],
    ['bool', TYPES.TF_BOOL, fc.nat(1), (values) => Uint8Array.from(values)],
    ['int64', TYPES.TF_INT64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (v) => BigInt64Array.from(v)],
  ];

  it.each(kinds)(
    'give back the %s that they were made of, in any shape, read in either way',
    (_, dtype, number, from) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain((shape) => {
            const length = shape.reduce((a, b) => a * b, 1);
            return fc.tuple(fc.constant(shape), fc.array(number, { minLength: length, maxLength: length }));
          }),
          async ([shape, numbers]) => {
            const values = from(numbers as never[]);
            const id = binding.createTensor(shape, dtype, values);
            try {
              expect(binding.describe(id)).toEqual({ id, dtype, shape });
              expect(binding.tensorDataSync(id)).toEqual(values);
              expect(await binding.tensorData(id)).toEqual(values);
            } finally {
              binding.deleteTensor(id);
            }
          },
        ),
        { numRuns: 40 },
      ),
  );

  it('hold a copy: neither what they were made of nor what was read is theirs', () => {
    const values = Float32Array.of(1, 2);
    const id = binding.createTensor([2], TYPES.TF_FLOAT, values);
    values[0] = 9;
    binding.tensorDataSync(id)[1] = 9;
    expect([...binding.tensorDataSync(id)]).toEqual([1, 2]);
    binding.deleteTensor(id);
  });

  it('are read from a view into larger memory', () => {
    const id = binding.createTensor([2], TYPES.TF_INT32, Int32Array.of(1, 2, 3, 4).subarray(1, 3));
    expect([...binding.tensorDataSync(id)]).toEqual([2, 3]);
    binding.deleteTensor(id);
  });

  it('may be deleted while they are read', async () => {
    const ids = Array.from({ length: 60 }, (_, i) =>
      binding.createTensor([1000], TYPES.TF_INT32, new Int32Array(1000).fill(i)),
    );
    const reads = ids.map((id) => binding.tensorData(id));
    ids.forEach((id) => binding.deleteTensor(id));
    expect((await Promise.all(reads)).map((values) => [values.length, values[0], values[999]])).toEqual(
      ids.map((_, i) => [1000, i, i]),
    );
  });

  it('are gone once they are deleted: to reading, describing, ops and deleting again', async () => {
    const id = binding.createTensor([1], TYPES.TF_FLOAT, Float32Array.of(1));
    binding.deleteTensor(id);
    const gone = `there is no native tensor ${id}; it was disposed`;
    const type = { name: 'T', type: TYPES.TF_ATTR_TYPE, value: TYPES.TF_FLOAT };
    for (const use of [
      () => binding.tensorDataSync(id),
      () => binding.describe(id),
      () => binding.deleteTensor(id),
      () => binding.executeOp('Square', [type], [id], 1),
    ])
      expect(use).toThrow(gone);
    await expect(binding.tensorData(id)).rejects.toThrow(gone);
  });

  it('hold no strings', () =>
    expect(() => binding.createTensor([1], TYPES.TF_STRING, ['a'] as unknown as HostValues)).toThrow(
      'the native engine holds numbers only, not strings',
    ));

  it('are uploaded once by tfjs, and read from the host before that', () => {
    const x = tf.tensor1d([1, 2, 3]);
    expect([...x.dataSync()]).toEqual([1, 2, 3]);
    expect(binding.getNumOfTensors()).toBe(before);
    tf.dispose(tf.tidy(() => tf.add(tf.square(x), tf.neg(x))));
    expect(binding.getNumOfTensors()).toBe(before + 1);
    x.dispose();
  });
});

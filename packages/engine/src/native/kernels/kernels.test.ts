import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describeNative, nativeBackend } from '../../../test/native';
import { openEngine } from '../../open';
import { NATIVE_BACKEND } from './backend';

describeNative('kernels of the native engine', () => {
  beforeAll(async () => {
    await openEngine({ prefer: 'cpu' });
    await nativeBackend();
  });
  const on = <T>(name: string, fn: () => T): T => {
    // Both are open: no promise is waited for.
    void tf.setBackend(name);
    return fn();
  };
  const numbers = (op: () => tf.Tensor) =>
    tf.tidy(() => {
      const result = op();
      return { shape: result.shape, dtype: result.dtype, values: Array.from(result.dataSync()) };
    });

  it('gather as plain JavaScript does, along every axis and with batches', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
          fc.nat(shape.length - 1).chain((axis) =>
            fc.record({
              shape: fc.constant(shape),
              axis: fc.constantFrom(axis, axis - shape.length),
              batched: fc.boolean(),
              ids: fc.array(fc.nat(shape[axis]! - 1), { minLength: 1, maxLength: 5 }),
              dtype: fc.constantFrom('float32' as const, 'int32' as const),
            }),
          ),
        ),
        ({ shape, axis, batched, ids, dtype }) => {
          const batchDims = batched && axis % shape.length !== 0 ? 1 : 0;
          const op = () => {
            const size = shape.reduce((a, b) => a * b, 1);
            const x = tf.reshape(tf.range(0, size, 1, dtype), shape);
            const row = tf.tensor1d(ids, 'int32');
            const indices = batchDims ? tf.tile(tf.expandDims(row, 0), [shape[0]!, 1]) : row;
            return tf.gather(x, indices as tf.Tensor1D, axis, batchDims);
          };
          expect(on(NATIVE_BACKEND, () => numbers(op))).toEqual(on('cpu', () => numbers(op)));
        },
      ),
    ));

  it.each([
    ['int32', [-3, 0, 7, 2 ** 30]],
    ['float32', [-2, -1, 0, 2, 2]],
  ] as const)('round %s to whole numbers, halves to even ones', (dtype, expected) => {
    const given = dtype === 'int32' ? [...expected] : [-1.5, -1, 0.5, 1.5, 2.5];
    on(NATIVE_BACKEND, () =>
      expect(numbers(() => tf.round(tf.tensor1d(given, dtype))).values.map((x) => x + 0)).toEqual(expected),
    );
  });

  it('say in a sentence which operation is not there', () => {
    const lacking = tf
      .getKernelsForBackend('cpu')
      .map(({ kernelName }) => kernelName)
      .filter((name) => tf.getKernel(name, NATIVE_BACKEND) === undefined);
    expect(lacking).toEqual([]);
    on(NATIVE_BACKEND, () =>
      expect(() => tf.tidy(() => tf.image.transform(tf.ones([1, 2, 2, 1]), tf.ones([1, 8])))).toThrow(
        expect.objectContaining({
          exitCode: 2,
          message: 'The native engine lacks the operation Transform; choose wasm or cpu.',
        }),
      ),
    );
  });
});

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openEngine } from '../open';

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A tensor's shape, an axis of it, batch dimensions below that, and ids of its size along the axis. */
const calls = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
  .chain((shape) => fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1) }))
  .chain((one) => fc.record({ ...constants(one), batchDims: fc.nat(one.axis), fromEnd: fc.boolean() }))
  .chain((one) => fc.record({ ...constants(one), more: fc.array(fc.nat(3), { maxLength: 2 }), dtype: dtypes }))
  .chain((one) => {
    const idShape = [...one.shape.slice(0, one.batchDims), ...one.more];
    const [minLength, maxLength] = [sizeOf(idShape), sizeOf(idShape)];
    const ids = fc.array(fc.nat(one.shape[one.axis]! - 1), { minLength, maxLength });
    return fc.record({ ...constants(one), idShape: fc.constant(idShape), ids });
  });
const dtypes = fc.constantFrom('float32' as const, 'int32' as const);

function constants<T extends object>(given: T) {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, fc.constant(value)])) as {
    [K in keyof T]: fc.Arbitrary<T[K]>;
  };
}

it('gathers on wasm what plain arithmetic says, for every axis, batch dimension and dtype', async () => {
  await openEngine({ prefer: 'wasm' });
  fc.assert(
    fc.property(calls, ({ shape, axis, batchDims, fromEnd, dtype, idShape, ids }) => {
      const [batches, outer] = [sizeOf(shape.slice(0, batchDims)), sizeOf(shape.slice(batchDims, axis))];
      const [along, inner] = [shape[axis]!, sizeOf(shape.slice(axis + 1))];
      const perBatch = ids.length / batches;
      const expected: number[] = [];
      for (let b = 0; b < batches; b++)
        for (let o = 0; o < outer; o++)
          for (let i = 0; i < perBatch; i++)
            for (let s = 0; s < inner; s++)
              expected.push(((b * outer + o) * along + ids[b * perBatch + i]!) * inner + s);
      const gathered = tf.tidy(() => {
        const x = tf.tensor(
          Array.from({ length: sizeOf(shape) }, (_, i) => i),
          shape,
          dtype,
        );
        const numbers = tf.tensor(ids, idShape as [number], 'int32') as tf.Tensor1D;
        const result = tf.gather(x, numbers, fromEnd ? axis - shape.length : axis, batchDims);
        return { values: Array.from(result.dataSync()), shape: result.shape, dtype: result.dtype };
      });
      expect(gathered).toEqual({
        values: expected,
        shape: [...shape.slice(0, axis), ...idShape.slice(batchDims), ...shape.slice(axis + 1)],
        dtype,
      });
    }),
  );
});

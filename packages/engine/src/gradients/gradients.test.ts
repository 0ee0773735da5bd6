import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openEngine } from '../open';
import { registerGradients } from './register';

beforeAll(() => openEngine({ prefer: 'cpu' }));

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
/** Whole numbers, each once: sums of them are exact, and no two weights cancel. */
const counted = (shape: number[]): tf.Tensor => tf.reshape(tf.range(1, sizeOf(shape) + 1), shape);

/**
 * The gradient of Σ w · f(x) for a linear f, by its definition: f of each unit vector, weighted.
 * @param shape of x
 */
function byUnits(f: (x: tf.Tensor) => tf.Tensor, shape: number[]): number[] {
  return Array.from({ length: sizeOf(shape) }, (_, at) =>
    tf.tidy(() => {
      const value = f(tf.reshape(tf.cast(tf.equal(tf.range(0, sizeOf(shape)), at), 'float32'), shape));
      return tf.sum(tf.mul(value, counted(value.shape))).dataSync()[0]!;
    }),
  );
}

function expectGradient(f: (x: tf.Tensor) => tf.Tensor, shape: number[]): void {
  const found = tf.tidy(() => {
    const weighted = (x: tf.Tensor) => {
      const value = f(x);
      return tf.sum(tf.mul(value, counted(value.shape)));
    };
    const gradient = tf.grad(weighted)(counted(shape));
    expect(gradient.shape).toEqual(shape);
    return Array.from(gradient.dataSync());
  });
  expect(found).toEqual(byUnits(f, shape));
}

const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 });

it('that of a running sum is its transpose, along any axis counted from either end', () =>
  fc.assert(
    fc.property(
      shapes.chain((shape) => fc.tuple(fc.constant(shape), fc.integer({ min: -shape.length, max: shape.length - 1 }))),
      fc.boolean(),
      fc.boolean(),
      ([shape, axis], exclusive, reverse) => expectGradient((x) => tf.cumsum(x, axis, exclusive, reverse), shape),
    ),
    { numRuns: 60 },
  ));

it('that of gathering adds up what was gathered more than once, with any batch dimensions', () =>
  fc.assert(
    fc.property(
      shapes
        .chain((shape) => fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1) }))
        .chain(({ shape, axis }) =>
          fc.record({
            shape: fc.constant(shape),
            axis: fc.constantFrom(axis, axis - shape.length),
            batchDims: fc.nat(axis),
            count: fc.integer({ min: 1, max: 4 }),
            draws: fc.infiniteStream(fc.nat(shape[axis]! - 1)),
          }),
        ),
      ({ shape, axis, batchDims, count, draws }) => {
        const idShape = [...shape.slice(0, batchDims), count];
        const ids = tf.tensor([...draws.take(sizeOf(idShape))], idShape as [number], 'int32') as tf.Tensor1D;
        expectGradient((x) => tf.gather(x, ids, axis, batchDims), shape);
        ids.dispose();
      },
    ),
    { numRuns: 60 },
  ));

it('are registered once, whoever asks', async () => {
  expect(registerGradients()).toBe(registerGradients());
  const { gradFunc } = tf.getGradient('GatherV2');
  await registerGradients();
  expect(tf.getGradient('GatherV2').gradFunc).toBe(gradFunc);
});

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openCpu } from './open-cpu';
import { correctRunningAxis } from './running-axis';

beforeAll(() => openCpu());

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

interface Running {
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** y_i = Σ or Π of x_j over j ≤ i along an axis, j < i if exclusive, from the other end if reversed: by its definition, in plain numbers. */
function running(
  [start, add]: readonly [number, (a: number, b: number) => number],
  values: readonly number[],
  [outer, length, inner]: readonly [number, number, number],
  { exclusive, reverse }: Running,
): number[] {
  const result = [...values];
  for (let o = 0; o < outer; o++)
    for (let k = 0; k < inner; k++) {
      const at = (i: number) => (o * length + i) * inner + k;
      for (let i = 0; i < length; i++) {
        const reached = (j: number) => (reverse ? j >= i : j <= i) && !(exclusive && j === i);
        const taken = Array.from({ length }, (_, j) => j).filter(reached);
        result[at(i)] = taken.map((j) => values[at(j)]!).reduce(add, start);
      }
    }
  return result;
}

const SUM = [0, (a: number, b: number) => a + b] as const;
const PRODUCT = [1, (a: number, b: number) => a * b] as const;

/** A tensor of small whole numbers, whose sums and products are exact, and one of its axes from either end. */
const cases = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axis: fc.integer({ min: -shape.length, max: shape.length - 1 }),
    values: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: product(shape), maxLength: product(shape) }),
    exclusive: fc.boolean(),
    reverse: fc.boolean(),
    dtype: fc.constantFrom('float32' as const, 'int32' as const),
  }),
);

it.each([
  ['cumsum', SUM, tf.cumsum<tf.Tensor>],
  ['cumprod', PRODUCT, tf.cumprod<tf.Tensor>],
] as const)('%s runs along any axis, counted from either end, as its definition says', (_, monoid, op) =>
  fc.assert(
    fc.property(cases, ({ shape, axis, values, exclusive, reverse, dtype }) => {
      const along = axis < 0 ? axis + shape.length : axis;
      const sizes = [product(shape.slice(0, along)), shape[along]!, product(shape.slice(along + 1))] as const;
      const found = tf.tidy(() => {
        const result = op(tf.tensor(values, shape, dtype), axis, exclusive, reverse);
        expect([result.shape, result.dtype]).toEqual([shape, dtype]);
        return Array.from(result.dataSync());
      });
      const expected = running(monoid, values, sizes, { exclusive, reverse });
      // A negative zero is zero.
      expect(found.map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
    }),
  ),
);

it.each([1, 2, -2, -3])('an axis that a row has not is refused: %i', (axis) =>
  expect(() => tf.tidy(() => tf.cumsum(tf.tensor1d([1, 2, 3]), axis))).toThrow(),
);

it('a backend is corrected once, whoever opens it again', async () => {
  const kernels = () => ['Cumsum', 'Cumprod'].map((name) => tf.getKernel(name, 'cpu').kernelFunc);
  const before = kernels();
  correctRunningAxis('cpu');
  await openCpu();
  expect(kernels()).toEqual(before);
});

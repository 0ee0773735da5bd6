import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openEngine } from '../open';

// The kernels of this folder on random shapes, against tfjs's plain JavaScript.

type Dtype = 'float32' | 'int32';
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const dtypes = fc.constantFrom<Dtype>('float32', 'int32');
const shapesOf = (minLength: number, maxLength: number, max = 4) =>
  fc.array(fc.integer({ min: 1, max }), { minLength, maxLength });

/** Numbers that are all different where there are fewer than 97, whole, and exact in every sum below. */
const numbered = (shape: number[], dtype: Dtype = 'float32', start = 0): tf.Tensor =>
  tf.tensor(
    Array.from({ length: sizeOf(shape) }, (_, i) => (((i + start) * 31) % 97) - 48),
    shape,
    dtype,
  );

const described = (results: tf.Tensor | tf.Tensor[]) =>
  [results].flat().map((result) => ({ shape: result.shape, dtype: result.dtype, numbers: [...result.dataSync()] }));

beforeAll(async () => {
  await openEngine({ prefer: 'cpu' });
  await openEngine({ prefer: 'wasm' });
});

/** What an operation makes on an engine; a refusal counts as an answer. */
function madeOn(name: string, op: () => tf.Tensor | tf.Tensor[]) {
  // Both are open: no promise is waited for.
  void tf.setBackend(name);
  return tf.tidy(() => {
    try {
      return described(op());
    } catch (error) {
      return (error as Error).name;
    }
  });
}

function expectAlike(op: () => tf.Tensor | tf.Tensor[]): void {
  const [expected, found] = [madeOn('cpu', op), madeOn('wasm', op)];
  expect(found).toEqual(expected);
}

/** A shape, and what is drawn for it. */
const withShape = <T>(shapes: fc.Arbitrary<number[]>, more: (shape: number[]) => fc.Arbitrary<T>) =>
  shapes.chain((shape) => fc.record({ shape: fc.constant(shape), more: more(shape) }));

/** An axis, counted from either end. */
const axisOf = (shape: readonly number[]) => fc.integer({ min: -shape.length, max: shape.length - 1 });

it('transposes tensors of up to six axes', () =>
  fc.assert(
    fc.property(
      withShape(shapesOf(1, 6, 3), (shape) => fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
      dtypes,
      ({ shape, more }, dtype) => expectAlike(() => tf.transpose(numbered(shape, dtype), more)),
    ),
  ));

it('repeats along any axes', () =>
  fc.assert(
    fc.property(
      withShape(shapesOf(1, 4), (shape) => shapesOf(shape.length, shape.length, 3)),
      dtypes,
      ({ shape, more }, dtype) => expectAlike(() => tf.tile(numbered(shape, dtype), more)),
    ),
  ));

it('lines tensors up along any axis, and cuts them again', () =>
  fc.assert(
    fc.property(
      withShape(shapesOf(1, 4), (shape) => fc.tuple(axisOf(shape), shapesOf(1, 4))),
      dtypes,
      ({ shape, more: [axis, sizes] }, dtype) => {
        const along = axis < 0 ? axis + shape.length : axis;
        const pieces = () =>
          sizes.map((size, k) =>
            numbered(
              shape.map((length, i) => (i === along ? size : length)),
              dtype,
              7 * k,
            ),
          );
        expectAlike(() => tf.concat(pieces(), axis));
        expectAlike(() => tf.split(tf.concat(pieces(), axis), sizes, axis));
        void tf.setBackend('wasm');
        tf.tidy(() => expect(described(tf.split(tf.concat(pieces(), axis), sizes, axis))).toEqual(described(pieces())));
      },
    ),
  ));

it('sums over any axes, floats and integers', () =>
  fc.assert(
    fc.property(
      withShape(shapesOf(1, 4), (shape) => fc.subarray([...shape.keys()], { minLength: 1 })),
      dtypes,
      fc.boolean(),
      ({ shape, more }, dtype, keepDims) => expectAlike(() => tf.sum(numbered(shape, dtype), more, keepDims)),
    ),
  ));

it('adds up rows by segment, of which some may be empty and some rows belong to none', () =>
  fc.assert(
    fc.property(
      withShape(shapesOf(1, 3), ([rows]) =>
        fc.array(fc.integer({ min: -1, max: 5 }), { minLength: rows, maxLength: rows }),
      ),
      ({ shape, more }) => expectAlike(() => tf.unsortedSegmentSum(numbered(shape), tf.tensor1d(more, 'int32'), 6)),
    ),
  ));

it('counts running sums and products from either end of any axis', () =>
  fc.assert(
    fc.property(
      withShape(shapesOf(1, 4, 3), axisOf),
      fc.constantFrom(tf.cumsum<tf.Tensor>, tf.cumprod<tf.Tensor>),
      fc.boolean(),
      fc.boolean(),
      ({ shape, more }, running, exclusive, reverse) =>
        expectAlike(() => running(tf.clipByValue(numbered(shape), -2, 2), more, exclusive, reverse)),
    ),
  ));

describe('products of matrices', () => {
  /** Shapes [batch…, rows, inner] and [batch…, inner, columns], stored transposed where that is asked for. */
  const products = fc.record({
    batches: fc.tuple(
      shapesOf(0, 2, 3),
      fc.constantFrom<'both' | 'first' | 'second' | 'ones'>('both', 'first', 'second', 'ones'),
    ),
    rows: fc.integer({ min: 1, max: 80 }),
    inner: fc.integer({ min: 1, max: 80 }),
    columns: fc.integer({ min: 1, max: 80 }),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  });
  type Product = typeof products extends fc.Arbitrary<infer T> ? T : never;

  function factors({ batches: [batch, kind], rows, inner, columns, transposeA, transposeB }: Product) {
    const ones = batch.map(() => 1);
    const [first, second] = [kind === 'second' ? ones : batch, kind === 'first' || kind === 'ones' ? ones : batch];
    const small = (shape: number[]) => tf.div(numbered(shape), 16);
    return [
      small([...first, ...(transposeA ? [inner, rows] : [rows, inner])]),
      small([...second, ...(transposeB ? [columns, inner] : [inner, columns])]),
    ] as const;
  }

  /** Sixteenths up to three: their products and sums are exact in float32. */
  it('are those of plain JavaScript for any sizes, batches and transposes', () =>
    fc.assert(
      fc.property(products, (product) =>
        expectAlike(() => tf.matMul(...factors(product), product.transposeA, product.transposeB)),
      ),
    ));

  it('are so with a bias and an activation, in one kernel', () =>
    fc.assert(
      fc.property(
        products,
        fc.boolean(),
        fc.constantFrom('linear' as const, 'relu' as const),
        (product, biased, activation) => {
          const { transposeA, transposeB, columns } = product;
          expectAlike(() => {
            const [a, b] = factors(product) as readonly [tf.Tensor3D, tf.Tensor3D];
            const bias = biased ? tf.div(numbered([columns], 'float32', 5), 16) : undefined;
            return tf.fused.matMul({ a, b, bias, activation, transposeA, transposeB });
          });
        },
      ),
    ));

  it('keep no memory, on either way', () => {
    void tf.setBackend('wasm');
    // Of the backend itself: tfjs counts no tensor that a kernel makes and drops.
    const before = tf.backend().numDataIds();
    for (const [rows, transposeA] of [
      [2, false],
      [64, true],
      [64, false],
    ] as const)
      tf.tidy(() => {
        const product = { batches: [[3], 'both'] as [number[], 'both'], rows, inner: 64, columns: 64 };
        return tf.matMul(...factors({ ...product, transposeA, transposeB: !transposeA }), transposeA, !transposeA);
      }).dispose();
    expect(tf.backend().numDataIds()).toBe(before);
  });
});

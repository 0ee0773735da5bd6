import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openWasm } from './open-wasm';

beforeAll(() => openWasm());

const numbersOf = (make: () => tf.Tensor): number[] => tf.tidy(() => Array.from(make().dataSync()));
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

describe('a sum over leading axes', () => {
  it('is rounded once: its error does not grow with the number of rows', () => {
    const rows = 300_000;
    const found = numbersOf(() => tf.sum(tf.fill([rows, 2], 0.1), 0));
    // Summed in float32, one at a time, it would be off by some hundred times that.
    const exact = rows * Math.fround(0.1);
    found.forEach((sum) => expect(Math.abs(sum - exact)).toBeLessThanOrEqual(exact * 2 ** -24));
  });

  it('cancels exactly, and keeps infinities and what is no number in their column', () => {
    const x = tf.tensor2d([3e38, 1, -Infinity, 1, 3e38, 2, 5, NaN, -3e38, 3, 7, 2], [3, 4]);
    expect(numbersOf(() => tf.sum(x, 0))).toEqual([Math.fround(3e38), 6, -Infinity, NaN]);
    x.dispose();
  });

  it('is that of its definition for any axes in any order, kept or not', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
          fc.record({
            shape: fc.constant(shape),
            axes: fc.shuffledSubarray([...shape.keys()], { minLength: 1 }),
            fromEnd: fc.boolean(),
            keepDims: fc.boolean(),
            values: fc.array(fc.integer({ min: -999, max: 999 }), {
              minLength: sizeOf(shape),
              maxLength: sizeOf(shape),
            }),
          }),
        ),
        ({ shape, axes, fromEnd, keepDims, values }) => {
          const kept = [...shape.keys()].filter((axis) => !axes.includes(axis));
          const sums = new Map<string, number>();
          values.forEach((value, at) => {
            const index = shape.map((size, axis) => Math.floor(at / sizeOf(shape.slice(axis + 1))) % size);
            const key = kept.map((axis) => index[axis]).join();
            sums.set(key, (sums.get(key) ?? 0) + value);
          });
          tf.tidy(() => {
            const given = fromEnd ? axes.map((axis) => axis - shape.length) : axes;
            const result = tf.sum(tf.tensor(values, shape), given, keepDims);
            const [all, some] = [
              shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
              kept.map((axis) => shape[axis]!),
            ];
            expect(result.shape).toEqual(keepDims ? all : some);
            expect(Array.from(result.dataSync())).toEqual([...sums.values()]);
          });
        },
      ),
    ));
});

describe('the sum of rows by segment', () => {
  it('is that of its definition, rows of any shape, in segments that any shape of numbers names', () =>
    fc.assert(
      fc.property(
        fc
          .record({
            ids: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 }),
            rest: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
          })
          .chain(({ ids, rest }) =>
            fc.record({
              ids: fc.constant(ids),
              rest: fc.constant(rest),
              // Below 0 and from the number of segments on, a row belongs to none.
              numbers: fc.array(fc.integer({ min: -2, max: 5 }), { minLength: sizeOf(ids), maxLength: sizeOf(ids) }),
            }),
          ),
        ({ ids, rest, numbers }) => {
          const [segments, width] = [4, sizeOf(rest)];
          const expected = Array.from({ length: segments * width }, () => 0);
          numbers.forEach((segment, row) => {
            if (segment < 0 || segment >= segments) return;
            for (let i = 0; i < width; i++) expected[segment * width + i]! += row * width + i + 1;
          });
          tf.tidy(() => {
            const x = tf.reshape(tf.range(1, numbers.length * width + 1), [...ids, ...rest]);
            const result = tf.unsortedSegmentSum(
              x,
              tf.tensor(numbers, ids as [number], 'int32') as tf.Tensor1D,
              segments,
            );
            expect(result.shape).toEqual([segments, ...rest]);
            expect(Array.from(result.dataSync())).toEqual(expected);
          });
        },
      ),
    ));
});

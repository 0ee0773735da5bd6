import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openWasm } from './open-wasm';

// Runs of more than 64 numbers are copied by another way than short ones, which random small shapes never take.

beforeAll(() => openWasm());

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
/** Where each index of a shape lies in memory, the last axis being the densest. */
const offsetOf = (shape: readonly number[], index: readonly number[]): number =>
  index.reduce((offset, i, axis) => offset * shape[axis]! + i, 0);
const indexOf = (shape: readonly number[], at: number): number[] =>
  shape.map((size, axis) => Math.floor(at / sizeOf(shape.slice(axis + 1))) % size);
/** The numbers of a tensor whose number at each index is what `value` says. */
const filled = (shape: readonly number[], value: (index: readonly number[]) => number): number[] =>
  Array.from({ length: sizeOf(shape) }, (_, at) => value(indexOf(shape, at)));
const counted = (shape: number[]): tf.Tensor => tf.reshape(tf.range(0, sizeOf(shape)), shape);

function expectTensor(make: () => tf.Tensor, shape: readonly number[], value: (index: readonly number[]) => number) {
  tf.tidy(() => {
    const result = make();
    expect(result.shape).toEqual(shape);
    expect(Array.from(result.dataSync())).toEqual(filled(shape, value));
  });
}

/** Lengths of runs about the border, and some above it. */
const runs = fc.constantFrom<number>(63, 64, 65, 66, 130);

it('axes move in front of a run', () =>
  fc.assert(
    fc.property(runs, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (run, moved) => {
      const [shape, perm] = [
        [2, 1, 3, 2, run],
        [...moved, 4],
      ];
      expectTensor(
        () => tf.transpose(counted(shape), perm),
        perm.map((axis) => shape[axis]!),
        (index) =>
          offsetOf(
            shape,
            shape.map((_, axis) => index[perm.indexOf(axis)]!),
          ),
      );
    }),
    { numRuns: 30 },
  ));

it('a run is repeated, along axes in front of it and along its own', () =>
  fc.assert(
    fc.property(runs, fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 3, maxLength: 3 }), (run, reps) => {
      const shape = [2, 2, run];
      expectTensor(
        () => tf.tile(counted(shape), reps),
        shape.map((size, axis) => size * reps[axis]!),
        (index) =>
          offsetOf(
            shape,
            index.map((i, axis) => i % shape[axis]!),
          ),
      );
    }),
    { numRuns: 30 },
  ));

it('runs of several lengths are joined, and cut where they were', () =>
  fc.assert(
    fc.property(fc.array(runs, { minLength: 1, maxLength: 3 }), fc.boolean(), (lengths, rest) => {
      const total = lengths.reduce((a, b) => a + b);
      const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
      const whole = () =>
        tf.concat(
          lengths.map((length, i) => tf.add(counted([2, length]), 1000 * i)),
          1,
        );
      expectTensor(whole, [2, total], ([row, column]) => {
        const piece = starts.findLastIndex((start) => start <= column!);
        return 1000 * piece + row! * lengths[piece]! + column! - starts[piece]!;
      });
      // The last length may be left open, and is what is left.
      const sizes = lengths.map((length, i) => (rest && i > 0 && i === lengths.length - 1 ? -1 : length));
      lengths.forEach((length, i) =>
        expectTensor(
          () => tf.split(counted([2, total]), sizes, 1)[i]!,
          [2, length],
          ([row, column]) => row! * total + starts[i]! + column!,
        ),
      );
    }),
    { numRuns: 30 },
  ));

it('a number of pieces cuts an axis evenly, and sizes that are not those of the axis are refused', () => {
  for (const axis of [1, -1])
    for (const i of [0, 1, 2])
      expectTensor(
        () => tf.split(counted([2, 210]), 3, axis)[i]!,
        [2, 70],
        ([row, column]) => row! * 210 + 70 * i + column!,
      );
  expect(() => tf.tidy(() => tf.split(counted([2, 210]), [70, 70], 1))).toThrow();
  expect(() => tf.tidy(() => tf.split(counted([2, 210]), 4, 1))).toThrow();
});

it('rows of a long table are gathered whole', () =>
  fc.assert(
    fc.property(runs, fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }), (run, ids) =>
      expectTensor(
        () => tf.gather(counted([5, run]), tf.tensor1d(ids, 'int32')),
        [ids.length, run],
        ([row, column]) => ids[row!]! * run + column!,
      ),
    ),
    { numRuns: 30 },
  ));

describe('a matrix that is multiplied with in several shapes', () => {
  /** Σ_k a[i, k] b[k, j] of the counted matrices, small enough to be exact. */
  const product = (a: readonly number[], b: readonly number[], inner: number, columns: number) =>
    Array.from({ length: (a.length / inner) * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      return Array.from({ length: inner }, (__, k) => a[i * inner + k]! * b[k * columns + j]!).reduce(
        (x, y) => x + y,
        0,
      );
    });

  it('has each time the product of its shape, whatever was before, and leaves no memory behind', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom(1, 2, 3, 4, 6, 12), { minLength: 2, maxLength: 5 }), (columns) => {
        const numbers = Array.from({ length: 12 }, (_, i) => i - 5);
        const matrix = tf.tensor1d(numbers);
        const before = tf.backend().numDataIds();
        for (const width of columns) {
          const inner = 12 / width;
          const left = Array.from({ length: 2 * inner }, (_, i) => (i % 5) - 2);
          tf.tidy(() => {
            const found = tf.matMul(tf.tensor2d(left, [2, inner]), tf.reshape(matrix, [inner, width]) as tf.Tensor2D);
            // A negative zero is zero.
            expect(Array.from(found.dataSync(), (x) => x + 0)).toEqual(product(left, numbers, inner, width));
          });
        }
        expect(tf.backend().numDataIds()).toBe(before);
        matrix.dispose();
      }),
      { numRuns: 30 },
    ));
});

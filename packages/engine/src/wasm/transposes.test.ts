import * as tf from '@tensorflow/tfjs-core';
import { openCpu } from '../cpu/open-cpu';
import type { WasmBackend } from './backend';
import { openWasm } from './open-wasm';
import { MOST_KEPT, keptTranspose } from './transposes';

beforeAll(() => openWasm());

const backend = () => tf.backend() as WasmBackend;
/** Whole numbers between −3 and 3, so that every sum is exact. */
const numbers = (count: number, start = 0) =>
  Float32Array.from({ length: count }, (_, i) => (((i + start) * 5) % 7) - 3);

/** Large enough that a product is worth a call of XNNPACK. */
const [rows, inner, columns] = [40, 64, 72];

/** Σ_k a[i, k] w[j, k] in plain JavaScript, [rows, columns]. */
function expected(a: Float32Array, w: Float32Array): number[] {
  const entry = (i: number, j: number) =>
    a.subarray(i * inner, (i + 1) * inner).reduce((sum, x, k) => sum + x * w[j * inner + k]!, 0);
  return Array.from({ length: rows * columns }, (_, at) => entry(Math.floor(at / columns), at % columns));
}

function expectProduct(input: Float32Array, weight: tf.Tensor, of: Float32Array): void {
  tf.tidy(() => {
    const product = tf.matMul(tf.tensor2d(input, [rows, inner]), weight as tf.Tensor2D, false, true);
    // A negative zero is zero.
    expect(Array.from(product.dataSync(), (x) => x + 0)).toEqual(expected(input, of));
  });
}

it('turns a weight once for all calls, which have the products of their inputs, and frees both together', () => {
  const values = numbers(columns * inner);
  const weight = tf.tensor2d(values, [columns, inner]);
  const before = backend().numDataIds();
  expectProduct(numbers(rows * inner), weight, values);
  expect(backend().numDataIds()).toBe(before + 1);
  const transpose = keptTranspose(backend(), weight);
  expectProduct(numbers(rows * inner, 3), weight, values);
  expect(keptTranspose(backend(), weight)).toBe(transpose);
  const turned = Array.from(
    { length: inner * columns },
    (_, at) => values[(at % columns) * inner + Math.floor(at / columns)]!,
  );
  expect(Array.from(backend().typedArrayFromHeap(transpose!))).toEqual(turned);
  const shared = tf.reshape(weight, [1, columns, inner]);
  weight.dispose();
  expect(backend().numDataIds()).toBe(before + 1);
  shared.dispose();
  expect(backend().numDataIds()).toBe(before - 1);
});

it('never multiplies with weights of before: those of a step, and of a variable that is assigned to', () => {
  const first = tf.zeros([columns, inner]);
  const variable = tf.variable(first);
  first.dispose();
  const before = backend().numDataIds();
  for (let step = 0; step < 4; step++) {
    const values = numbers(columns * inner, step);
    const next = tf.tensor2d(values, [columns, inner]);
    variable.assign(next);
    next.dispose();
    expectProduct(numbers(rows * inner), variable, values);
  }
  expect(backend().numDataIds()).toBe(before + 1);
  variable.dispose();
  expect(backend().numDataIds()).toBe(before - 1);
});

it('turns a weight again that was on another engine meanwhile', async () => {
  const values = numbers(columns * inner);
  const weight = tf.tensor2d(values, [columns, inner]);
  expectProduct(numbers(rows * inner), weight, values);
  const transpose = keptTranspose(backend(), weight);
  await openCpu();
  tf.tidy(() => void tf.add(weight, 1));
  await openWasm();
  expectProduct(numbers(rows * inner), weight, values);
  expect(keptTranspose(backend(), weight)).not.toBe(transpose);
  weight.dispose();
});

it('has the product of a weight in each shape, of which the first is kept', () => {
  const values = numbers(columns * inner);
  const weight = tf.tensor2d(values, [columns, inner]);
  const other = tf.reshape(weight, [2 * columns, inner / 2]);
  const before = backend().numDataIds();
  expectProduct(numbers(rows * inner), weight, values);
  for (let call = 0; call < 2; call++) {
    const input = numbers(2 * rows * (inner / 2));
    tf.tidy(() => {
      const [a, b] = [tf.tensor2d(input, [2 * rows, inner / 2]), tf.reshape(other, [2 * columns, inner / 2])];
      const found = tf.matMul(a, b as tf.Tensor2D, false, true);
      const first = input.subarray(0, inner / 2).reduce((sum, x, k) => sum + x * values[k]!, 0);
      expect(found.dataSync()[0]! + 0).toBe(first);
      expect(found.shape).toEqual([2 * rows, 2 * columns]);
    });
  }
  expect(backend().numDataIds()).toBe(before + 1);
  expectProduct(numbers(rows * inner), weight, values);
  tf.dispose([weight, other]);
});

it('keeps nothing of a product with a bias, of a batch, and beyond its bound, and counts what is freed', () => {
  const bias = tf.zeros([columns]);
  const [a, b] = [tf.ones([rows, inner]), tf.ones([columns, inner])];
  const pairs = [tf.ones([2, rows, inner]), tf.ones([2, columns, inner])] as const;
  const before = backend().numDataIds();
  tf.tidy(() => void tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, transposeB: true, bias }));
  tf.tidy(() => void tf.matMul(...pairs, false, true));
  expect(backend().numDataIds()).toBe(before);
  const half = tf.ones([1, MOST_KEPT / 2]);
  const more = tf.ones([1, MOST_KEPT / 2 + 1]);
  expect(keptTranspose(backend(), half)).toBeDefined();
  expect(keptTranspose(backend(), more)).toBeUndefined();
  half.dispose();
  expect(keptTranspose(backend(), more)).toBeDefined();
  tf.dispose([more, bias, a, b, ...pairs]);
});

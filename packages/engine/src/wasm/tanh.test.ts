import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openEngine } from '../open';

beforeAll(() => openEngine({ prefer: 'wasm' }));

const tanh = (numbers: Float32Array): Float32Array =>
  tf.tidy(() => tf.tanh(tf.tensor1d(numbers)).dataSync()) as Float32Array;

/** Largest relative error that an approximation may have: two last places of a float32 below a power of two. */
const TOLERANCE = 2 ** -22;

const expectClose = (numbers: Float32Array): void => {
  const values = tanh(numbers);
  numbers.forEach((x, i) => {
    const expected = Math.tanh(x);
    // Below 1e-38 float32 has fewer places.
    const error = Math.abs(values[i]! - expected) / Math.max(Math.abs(expected), 1.2e-38);
    if (!(error <= TOLERANCE)) throw new Error(`tanh of ${x} came out as ${values[i]}, not ${expected}.`);
  });
};

it('is that of Math.tanh for all floats, to two last places', () =>
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1, noNaN: true }), (numbers) => expectClose(numbers)),
    { seed: 1 },
  ));

it('is that of Math.tanh where it bends, to two last places', () =>
  expectClose(Float32Array.from({ length: 100_000 }, (_, i) => (i - 50_000) / 5000)));

it('never falls, and is 1 from 9 on', () => {
  const values = tanh(Float32Array.from({ length: 100_000 }, (_, i) => i / 10_000));
  expect(values.findIndex((value, i) => value < (values[i - 1] ?? 0))).toBe(-1);
  expect(values.at(-1)).toBe(1);
});

it('keeps infinities, zeros with their sign, and what is no number', () =>
  expect(Array.from(tanh(Float32Array.of(Infinity, -Infinity, 0, -0, NaN, 1e30, -1e-40)))).toEqual([
    1,
    -1,
    0,
    -0,
    NaN,
    1,
    Math.fround(-1e-40),
  ]));

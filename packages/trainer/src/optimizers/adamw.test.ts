import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { type AdamWNumbers, type AdamWOptions, adamW, adamWNumbers } from './adamw';

beforeAll(() => useBackend());

/** The textbook form of the update, in float64. */
function byHand(gradients: readonly number[], weight: number, rate: number, options: AdamWOptions) {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  let [w, m, v] = [weight, 0, 0];
  gradients.forEach((g, i) => {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const [mHat, vHat] = [m / (1 - beta1 ** (i + 1)), v / (1 - beta2 ** (i + 1))];
    w -= rate * (mHat / (Math.sqrt(vHat) + epsilon) + weightDecay * w);
  });
  return { w, m, v };
}

/** The same through the device's form, one number at a time. */
function onDevice(gradients: readonly number[], weight: number, rate: number, scale: number, options: AdamWOptions) {
  return tf.tidy(() => {
    let state = {
      weight: tf.tensor1d([weight]) as tf.Tensor,
      first: tf.tensor1d([0]) as tf.Tensor,
      second: tf.tensor1d([0]) as tf.Tensor,
    };
    gradients.forEach((g, i) => {
      const numbers = Object.entries(adamWNumbers(rate, i + 1, options)).map(([name, value]) => [
        name,
        tf.scalar(value),
      ]);
      state = adamW(tf.tensor1d([g]), state, Object.fromEntries(numbers) as AdamWNumbers<tf.Scalar>, tf.scalar(scale));
    });
    return { w: state.weight.dataSync()[0]!, m: state.first.dataSync()[0]!, v: state.second.dataSync()[0]! };
  });
}

const gradient = fc.double({ min: -4, max: 4, noNaN: true }).filter((g) => Math.abs(g) > 1e-3);

describe('adamW', () => {
  it('follows the textbook over several updates, for any constants, decay and clipping', () => {
    fc.assert(
      fc.property(
        fc.array(gradient, { minLength: 1, maxLength: 6 }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.record({
          beta1: fc.constantFrom(0.9, 0.5),
          beta2: fc.constantFrom(0.999, 0.95),
          weightDecay: fc.constantFrom(0, 0.1),
        }),
        fc.constantFrom(1, 0.25),
        (gradients, weight, options, scale) => {
          const expected = byHand(
            gradients.map((g) => g * scale),
            weight,
            0.01,
            options,
          );
          const actual = onDevice(gradients, weight, 0.01, scale, options);
          expect([actual.w]).toBeCloseToArray([expected.w], { atol: 2e-5 });
          expect([actual.m, actual.v]).toBeCloseToArray([expected.m, expected.v], { rtol: 1e-4, atol: 1e-6 });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('makes a first step of the size of the rate, whatever the gradient', () => {
    for (const g of [1e-3, -5, 400]) {
      const { w } = onDevice([g], 0, 0.1, 1, {});
      expect(w).toBeCloseTo(-0.1 * Math.sign(g), 4);
    }
  });

  it('keeps no tensors of its own', () => {
    const before = tf.memory().numTensors;
    onDevice([1, 2], 0, 0.1, 1, { weightDecay: 0.1 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { oneWeight, updatesOf } from '../../test/one-weight';
import { type AdamWOptions, adamw } from './adamw';

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

const gradient = fc.double({ min: -4, max: 4, noNaN: true }).filter((g) => Math.abs(g) > 1e-3);

describe('adamw', () => {
  it('follows the textbook over several updates, for any constants, decay and clipping', () => {
    fc.assert(
      fc.property(updatesOf(gradient, 0.999), ({ gradients, weight, scale, options }) => {
        const scaled = gradients.map((g) => g * scale);
        const expected = byHand(scaled, weight, 0.01, options);
        const actual = oneWeight(adamw(options), gradients, { weight, rate: 0.01, scale });
        expect([actual['weight']!]).toBeCloseToArray([expected.w], { atol: 2e-5 });
        const moments = [actual['first']!, actual['second']!];
        expect(moments).toBeCloseToArray([expected.m, expected.v], { rtol: 1e-4, atol: 1e-6 });
      }),
      { numRuns: 30 },
    );
  });

  it('makes a first step of the size of the rate, whatever the gradient', () => {
    for (const g of [1e-3, -5, 400]) {
      const { weight } = oneWeight(adamw(), [g], { weight: 0, rate: 0.1 });
      expect(weight).toBeCloseTo(-0.1 * Math.sign(g), 4);
    }
  });

  it('keeps no tensors of its own', () => {
    const before = tf.memory().numTensors;
    oneWeight(adamw({ weightDecay: 0.1 }), [1, 2], { weight: 0, rate: 0.1 });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ beta1: 1 }, 'beta1 of an optimizer lies in [0, 1); 1 was given.'],
    [{ beta2: NaN }, 'beta2 of an optimizer lies in [0, 1); NaN was given.'],
    [{ epsilon: 0 }, 'epsilon of an optimizer is above 0; 0 was given.'],
    [{ weightDecay: -1 }, 'weightDecay of an optimizer is a number of at least 0; -1 was given.'],
  ])('refuses %j', (options, message) => expect(() => adamw(options)).toThrow(message));
});

import { useBackend } from '@idlm/tools/backend';
import fc from 'fast-check';
import { oneWeight, updatesOf } from '../../test/one-weight';
import { type LionOptions, lion } from './lion';
import { optimizers } from './registry';

beforeAll(() => useBackend());

/** Program 1 of the paper in float64; undefined where rounding could decide the sign of a step. */
function byHand(gradients: readonly number[], weight: number, rate: number, options: LionOptions) {
  const { beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = options;
  let [w, m] = [weight, 0];
  for (const g of gradients) {
    const c = beta1 * m + (1 - beta1) * g;
    if (Math.abs(c) < 1e-5) return undefined;
    w -= rate * (Math.sign(c) + weightDecay * w);
    m = beta2 * m + (1 - beta2) * g;
  }
  return { w, m };
}

const gradient = fc.double({ min: -4, max: 4, noNaN: true });

describe('lion', () => {
  it('makes the steps of the paper', () => {
    // 0.1 of 4, −3 and 1: directions +, then 0.9 · 0.04 − 0.3 < 0, then 0.9 · 0.0096 + 0.1 > 0.
    const { weight, momentum } = oneWeight(lion(), [4, -3, 1], { weight: 1, rate: 0.1 });
    expect([weight!, momentum!]).toBeCloseToArray([0.9, 0.99 * (0.99 * 0.04 - 0.03) + 0.01], { atol: 1e-6 });
  });

  it('follows the paper for any constants, decay and clipping', () => {
    fc.assert(
      fc.property(updatesOf(gradient, 0.99), ({ gradients, weight, scale, options }) => {
        const scaled = gradients.map((g) => g * scale);
        const expected = byHand(scaled, weight, 0.01, options);
        fc.pre(expected !== undefined);
        const actual = oneWeight(lion(options), gradients, { weight, rate: 0.01, scale });
        expect([actual['weight']!, actual['momentum']!]).toBeCloseToArray([expected.w, expected.m], { atol: 2e-5 });
      }),
      { numRuns: 30 },
    );
  });
});

it.each(['adamw', 'lion'])('the registry makes %s with its options', (name) => {
  const { spec } = optimizers.create({ name, options: { beta1: 0.8, weightDecay: 0.1 } });
  expect(spec).toMatchObject({ name, options: { beta1: 0.8, weightDecay: 0.1 } });
  expect(() => optimizers.create({ name, options: { beta: 1 } })).toThrow(
    `the ${name} optimizer has no option "beta"; did you mean "beta1"?`,
  );
});

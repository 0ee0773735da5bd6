import fc from 'fast-check';
import { clampInfill, clampPrompt } from '../clamps';
import { composeShapers, nucleus, temperature, topK } from './shapers';

const row = { position: 0, t: 0.5, tokens: Int32Array.of(0) };
const logits = fc
  .array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 12 })
  .map((values) => Float64Array.from(values));
const kept = (values: Float64Array) => [...values.keys()].filter((v) => values[v]! > -Infinity);
const probability = (values: Float64Array, chosen: number[]) => {
  const weights = values.map(Math.exp);
  return chosen.reduce((sum, v) => sum + weights[v]!, 0) / weights.reduce((a, b) => a + b, 0);
};

describe('nucleus', () => {
  it('keeps the fewest likeliest tokens that hold p, or one less', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (values, p) => {
        const [keeping, dropping] = [values.slice(), values.slice()];
        nucleus(p)(keeping, row);
        nucleus(p, 'drop-crossing')(dropping, row);
        expect(probability(values, kept(keeping))).toBeGreaterThanOrEqual(p - 1e-9);
        expect(kept(dropping).length === 1 || probability(values, kept(dropping)) <= p + 1e-9).toBe(true);
        expect(kept(keeping).length - kept(dropping).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('keeps all at p = 1', () => {
    const values = Float64Array.of(1, -30, 2);
    nucleus(1)(values, row);
    expect(kept(values)).toEqual([0, 1, 2]);
  });
});

it('topK keeps k tokens, and ties', () => {
  const values = Float64Array.of(3, 1, 2, 2);
  topK(2)(values, row);
  expect(kept(values)).toEqual([0, 2, 3]);
  topK(99)(values, row);
  expect(kept(values)).toEqual([0, 2, 3]);
});

it('a temperature of 0 leaves the likeliest token, the first of several', () => {
  const values = Float64Array.of(1, 3, 3, 2);
  temperature(0)(values, row);
  expect(Array.from(values)).toEqual([-Infinity, 3, -Infinity, -Infinity]);
});

it('composeShapers applies in order', () => {
  const values = Float64Array.of(1, 2, 4);
  composeShapers(temperature(0.5), topK(1))(values, row);
  expect(Array.from(values)).toEqual([-Infinity, -Infinity, 8]);
});

it.each([
  [() => temperature(-0.5), 'at least 0; -0.5 was given'],
  [() => temperature(Infinity), 'at least 0; Infinity was given'],
  [() => nucleus(1.2), 'in (0, 1]; 1.2 was given'],
  [() => topK(0.5), 'at least 1; 0.5 was given'],
  [() => clampPrompt([1, 2], 1, 2), 'leaves room in the 2 tokens'],
  [() => clampInfill([1], 0, 1, 2), 'has the 2 tokens of a sequence; one of 1'],
])('refuses bad values in one sentence', (make, message) => expect(make).toThrow(message));

it('clamps hold the prompt, or all but the holes, in every row', () => {
  expect(Array.from(clampPrompt([7, 8], 2, 3))).toEqual([7, 8, -1, 7, 8, -1]);
  expect(Array.from(clampInfill([7, 0, 9], 0, 2, 3))).toEqual([7, -1, 9, 7, -1, 9]);
});

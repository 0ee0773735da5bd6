import fc from 'fast-check';
import { agreementOf, compareNetworks } from './agreement';

const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 6, maxLength: 6 });

describe('the agreement of logits', () => {
  it('is complete of the same, and of distributions that are shifted', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: -3, max: 3, noNaN: true }), (row, shift) => {
        expect(agreementOf(row, row, 3)).toEqual({
          positions: 2,
          largest: 0,
          divergence: { mean: 0, worst: 0 },
          greedy: 1,
        });
        const { divergence } = agreementOf(
          row,
          row.map((value) => value + shift),
          3,
        );
        expect(divergence.worst).toBeLessThan(1e-12);
      }),
    );
  });

  it('has a divergence that is not below 0', () => {
    fc.assert(
      fc.property(logits, logits, (a, b) => {
        const { divergence } = agreementOf(a, b, 3);
        expect(divergence.mean).toBeGreaterThanOrEqual(0);
        expect(divergence.worst).toBeGreaterThanOrEqual(divergence.mean);
      }),
    );
  });

  it('is that of known distributions', () => {
    const [p, q] = [
      [0.5, 0.25, 0.25],
      [0.25, 0.5, 0.25],
    ];
    const { divergence, greedy, largest } = agreementOf([...p, ...p].map(Math.log), [...q, ...p].map(Math.log), 3);
    expect(divergence.worst).toBeCloseTo(0.25 * Math.log(2), 12);
    expect(divergence.mean).toBeCloseTo(0.125 * Math.log(2), 12);
    expect(greedy).toBe(0.5);
    // Of logits up to ln 4 = 1.386.
    expect(largest).toBeCloseTo(Math.log(2) / Math.log(4), 12);
  });

  it('is no number where a logit is none, so that nothing takes it for near', () => {
    const { largest, divergence } = agreementOf([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, NaN, 5], 3);
    expect([largest, divergence.mean, divergence.worst]).toEqual([NaN, NaN, NaN]);
  });
});

it('networks are compared at all shares of noise, on tokens that both see alike', async () => {
  const seen: { tokens: number[]; t: number; positions: number }[] = [];
  const network =
    (bias: number) =>
    ({ tokens, t, positions }: { tokens: Int32Array; t: number; positions: Int32Array }) => {
      seen.push({ tokens: [...tokens], t, positions: positions.length });
      return Promise.resolve(Array.from(positions, (position) => [tokens[position]! + bias, t, 0]).flat());
    };
  const options = { vocabSize: 3, length: 50, positions: 80 };
  const same = await compareNetworks(network(0), network(0), options);
  expect(same).toMatchObject({ positions: 80, largest: 0, greedy: 1 });
  const other = await compareNetworks(network(0), network(0.5), options);
  expect(other.divergence.mean).toBeGreaterThan(0.01);
  // Over all rows: a half of the largest magnitude, that of token 2.
  expect(other.largest).toBe(0.25);
  const rows = seen.slice(0, 16);
  rows.forEach((row, i) => i % 2 && expect(row).toEqual(rows[i - 1]));
  expect(rows.filter((_, i) => i % 2).map(({ t }) => t)).toEqual([0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1]);
  expect(rows.at(-1)!.tokens.every((token) => token === 2)).toBe(true);
});

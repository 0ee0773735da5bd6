import fc from 'fast-check';
import { erfc, logNormalCdf } from './normal';
import { gaussianLevel, gaussianToUniform } from './operator';
import { operatorSeries, seriesOperator } from './series';

describe('erfc', () => {
  it('has the known values', () => {
    expect([0, 0.5, 1, 2, 3, 5].map(erfc)).toBeCloseToArray(
      [1, 0.4795001221869535, 0.15729920705028513, 0.004677734981047266, 2.209049699858544e-5, 1.5374597944280349e-12],
      { atol: 1e-12, rtol: 1e-11 },
    );
  });

  it('joins its two expansions and reflects', () => {
    expect(erfc(2.5 - 1e-9) / erfc(2.5)).toBeCloseTo(1, 7);
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (x) => Math.abs(erfc(x) + erfc(-x) - 2) < 1e-14),
    );
  });

  it('keeps ln Φ finite and increasing far into the tail', () => {
    const values = [-60, -40, -30, -8, 0, 8].map(logNormalCdf);
    expect(values.every((value, i) => Number.isFinite(value) && (i === 0 || value > values[i - 1]!))).toBe(true);
  });
});

describe('gaussianToUniform', () => {
  it('is made once for a vocabulary', () => {
    expect(gaussianToUniform(31)).toBe(gaussianToUniform(31));
    expect(gaussianToUniform(32)).not.toBe(gaussianToUniform(31));
  });

  it('is Φ(μ/√2) for two tokens', () => {
    const operator = gaussianToUniform(2);
    for (const gamma of [-6, -3, -1, 0, 2]) {
      expect(operator(gamma).keep).toBeCloseTo(Math.exp(logNormalCdf(Math.exp(-gamma / 2) / Math.SQRT2)), 12);
    }
  });

  it('decreases in gamma between 1 and 0, with the slope it reports', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60000 }), fc.double({ min: -7, max: 3, noNaN: true }), (size, gamma) => {
        const operator = gaussianToUniform(size);
        const h = 1e-4;
        const slope = (operator(gamma + h).alpha - operator(gamma - h).alpha) / (2 * h);
        const { alpha, dAlphaDGamma } = operator(gamma);
        expect(alpha).toBeGreaterThanOrEqual(-1e-12);
        expect(alpha).toBeLessThanOrEqual(1 + 1e-12);
        expect(Math.abs(slope - dAlphaDGamma)).toBeLessThan(1e-6);
      }),
      { numRuns: 40 },
    );
  });

  it('agrees with its series', () => {
    const operator = gaussianToUniform(40);
    const series = seriesOperator(40, operatorSeries(40));
    for (const gamma of [-3.5, -2, -1]) expect(series(gamma).alpha).toBeCloseTo(operator(gamma).alpha, 10);
  });

  it('refuses a vocabulary of one and a gamma that is no number', () => {
    expect(() => gaussianToUniform(1)).toThrow('at least 2 tokens; 1 was given');
    expect(() => gaussianToUniform(5)(NaN)).toThrow('gamma must lie in [-20, 20]');
  });

  it('has signal and noise of unit power', () => {
    fc.assert(
      fc.property(fc.double({ min: -15, max: 15, noNaN: true }), (gamma) => {
        const { signal, noise } = gaussianLevel(gamma);
        return Math.abs(signal ** 2 + noise ** 2 - 1) < 1e-14;
      }),
    );
  });
});

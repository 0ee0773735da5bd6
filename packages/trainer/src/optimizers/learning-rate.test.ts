import fc from 'fast-check';
import { learningRate } from './learning-rate';

describe('learningRate', () => {
  it('rises in a line over the warm-up and is constant after it', () => {
    const rate = learningRate({ rate: 2, warmup: 4 });
    expect([0, 1, 2, 3, 4, 100].map(rate)).toEqual([0.5, 1, 1.5, 2, 2, 2]);
  });

  it('decays along a cosine to a share of the rate and stays there', () => {
    const rate = learningRate({ rate: 1, warmup: 10, total: 110, decayTo: 0.05 });
    expect(rate(10)).toBe(1);
    expect(rate(60)).toBeCloseTo(0.525, 12);
    expect(rate(110)).toBeCloseTo(0.05, 12);
    expect(rate(500)).toBeCloseTo(0.05, 12);
  });

  it('never leaves (0, rate] for any settings', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.integer({ min: 1, max: 100 }), fc.nat(200), (warmup, more, update) => {
        const value = learningRate({ rate: 3, warmup, total: warmup + more, decayTo: 0.1 })(update);
        expect(value).toBeGreaterThan(0);
        expect(value).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('refuses a rate that is not above 0 and a decay without an end', () => {
    expect(() => learningRate({ rate: 0 })).toThrow('above 0; 0 was given');
    expect(() => learningRate({ rate: 1, warmup: 5, decayTo: 0.1 })).toThrow('above its 5 of warm-up');
    expect(() => learningRate({ rate: 1, warmup: 5, total: 5, decayTo: 0.1 })).toThrow('above its 5 of warm-up');
  });
});

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

  it('refuses what is out of range, and a decay without an end', () => {
    for (const rate of [0, -1, NaN, Infinity])
      expect(() => learningRate({ rate })).toThrow(`A learning rate is above 0; ${rate} was given.`);
    for (const warmup of [-1, NaN, Infinity])
      expect(() => learningRate({ rate: 1, warmup })).toThrow(
        `The warm-up of a learning rate takes 0 updates or more; ${warmup} was given.`,
      );
    for (const decayTo of [-0.1, 1.5, NaN])
      expect(() => learningRate({ rate: 1, total: 9, decayTo })).toThrow(
        `A learning rate decays to a share of it, in [0, 1]; ${decayTo} was given.`,
      );
    expect(() => learningRate({ rate: 1, warmup: 5, decayTo: 0.1 })).toThrow('above its 5 of warm-up');
    expect(() => learningRate({ rate: 1, warmup: 5, total: 5, decayTo: 0.1 })).toThrow('above its 5 of warm-up');
  });
});

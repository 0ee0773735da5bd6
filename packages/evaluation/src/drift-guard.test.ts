import { type TokenBatch, randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { driftRatios, driftReference, worstDrift } from './drift-guard';
import { DRIFT_STATISTICS, type Drift } from './metrics/drift';

/** Padded rows [count, 8] of a law: letters 1 … 5, of which `first` is the share of 1, and lengths from `shortest` on. */
function rowsFrom(count: number, seed: number, { first = 0.2, shortest = 3 } = {}): TokenBatch {
  const random = randomStream(seed);
  const ids = new Int32Array(count * 8);
  for (let row = 0; row < count; row++) {
    const length = shortest + Math.floor(random.uniform() * (9 - shortest));
    for (let i = 0; i < length; i++) {
      const u = random.uniform();
      ids[row * 8 + i] = u < first ? 1 : 2 + Math.floor(((u - first) / (1 - first)) * 4);
    }
  }
  return { ids, batch: count, length: 8 };
}

/** Whether all of a student's drift lies within its limits. */
const isWithin = (...given: Parameters<typeof driftRatios>) => worstDrift(driftRatios(...given)).ratio <= 1;

const reference = (samples: number, data = rowsFrom(1200, 1)) =>
  driftReference({ data, samples, random: randomStream(9), padId: 0 });

describe('driftReference', () => {
  it('shows samples of the law itself about the floor, in every statistic', () => {
    const { of, floor, samples } = reference(300);
    expect(samples).toBe(300);
    for (const seed of [2, 3, 4, 5]) {
      const own = of(rowsFrom(300, seed));
      for (const name of ['marginals', 'pairs'] as const) {
        expect(own[name]).toBeGreaterThan(floor[name] / 2.5);
        expect(own[name]).toBeLessThan(floor[name] * 2);
      }
      // Four standard deviations.
      for (const name of ['lengths', 'entropy'] as const) expect(Math.abs(own[name])).toBeLessThan(4 * floor[name]);
    }
  });

  it('has a floor that grows as samples become fewer, so that like is compared with like', () => {
    const floors = [25, 100, 400].map((count) => reference(count).floor);
    for (const name of DRIFT_STATISTICS) {
      expect(floors[0]![name]).toBeGreaterThan(floors[1]![name]);
      expect(floors[1]![name]).toBeGreaterThan(floors[2]![name]);
    }
    // Pairs fill many more cells than tokens, so chance shows more there.
    expect(floors[0]!.pairs).toBeGreaterThan(2 * floors[0]!.marginals);
  });

  it('sees short and uniform students, with the sign, beyond twice the floor', () => {
    const { of, floor } = reference(300);
    const short = of(rowsFrom(300, 2, { shortest: 1 }));
    expect(short.lengths).toBeLessThan(-0.1);
    expect(isWithin(short, floor, floor)).toBe(false);
    const dull = of(rowsFrom(300, 2, { first: 0.6 }));
    expect(dull.entropy).toBeLessThan(-0.1);
    expect(dull.marginals).toBeGreaterThan(0.2);
    const ratios = driftRatios(dull, floor, floor);
    expect(ratios.entropy).toBeGreaterThan(1);
    expect(ratios.lengths).toBeLessThan(2);
  });

  it('measures at most half of the data, only what it was made for, and always the same', () => {
    const few = reference(300, rowsFrom(21, 1));
    expect(few.samples).toBe(10);
    expect(few.of(rowsFrom(300, 2))).toEqual(few.of(rowsFrom(10, 2)));
    expect(() => few.of(rowsFrom(9, 2))).toThrow('measured on 10 samples, to be compared; 9 were given.');
    expect(reference(100).floor).toEqual(reference(100).floor);
    expect(() => reference(5, rowsFrom(1, 1))).toThrow('at least 2 held-out rows');
  });

  it('knows no lengths without padding', () => {
    const { floor, of } = driftReference({ data: rowsFrom(50, 1), samples: 20, random: randomStream(1) });
    expect([floor.lengths, of(rowsFrom(20, 2, { shortest: 1 })).lengths]).toEqual([0, 0]);
  });
});

describe('worstDrift', () => {
  const number = fc.double({ min: 0, max: 1, noNaN: true });
  const signed = fc.double({ min: -1, max: 1, noNaN: true });
  const any: fc.Arbitrary<Drift> = fc.record({ marginals: number, pairs: number, lengths: signed, entropy: signed });
  const scaled = (drift: Drift, by: number): Drift => ({
    marginals: drift.marginals * by,
    pairs: drift.pairs * by,
    lengths: -drift.lengths * by,
    entropy: -drift.entropy * by,
  });

  it('holds up to the factor times the teacher, whatever the floor and the sign, and not beyond', () => {
    fc.assert(
      fc.property(any, any, fc.double({ min: 1, max: 4, noNaN: true }), (teacher, floor, factor) => {
        expect(isWithin(teacher, teacher, floor, factor)).toBe(true);
        expect(isWithin(floor, teacher, floor, factor)).toBe(true);
        expect(isWithin(scaled(teacher, factor * 0.99), teacher, floor, factor)).toBe(true);
        fc.pre(DRIFT_STATISTICS.some((name) => Math.abs(teacher[name]) > 0.01));
        expect(isWithin(scaled(teacher, factor * 1.01), teacher, scaled(teacher, 0.5), factor)).toBe(false);
      }),
    );
  });

  it('never turns false when drift falls or a limit rises', () => {
    fc.assert(
      fc.property(any, any, any, number, (student, teacher, floor, share) => {
        fc.pre(isWithin(student, teacher, floor));
        expect(isWithin(scaled(student, share), teacher, floor)).toBe(true);
        expect(isWithin(student, scaled(teacher, 1 + share), floor)).toBe(true);
        expect(isWithin(student, teacher, scaled(floor, 1 + share))).toBe(true);
        expect(isWithin(student, teacher, floor, 2 + share)).toBe(true);
      }),
    );
  });

  it('needs every statistic, and takes no number for being outside', () => {
    const one: Drift = { marginals: 0.1, pairs: 0.2, lengths: 0.1, entropy: 0.05 };
    for (const name of DRIFT_STATISTICS) {
      expect(isWithin({ ...one, [name]: -2.01 * one[name] }, one, one)).toBe(false);
      expect(isWithin({ ...one, [name]: NaN }, one, one)).toBe(false);
      expect(worstDrift(driftRatios({ ...one, [name]: 9 }, one, one)).name).toBe(name);
      const none = { ...one, [name]: 0 };
      // A hundredth where teacher and chance show nothing is nothing yet; more than twice that is.
      expect(isWithin({ ...one, [name]: 0.0199 }, none, none)).toBe(true);
      expect(isWithin({ ...one, [name]: -0.0201 }, none, none)).toBe(false);
      expect(driftRatios({ ...one, [name]: -one[name] }, one, one)[name]).toBeCloseTo(0.5, 12);
    }
  });
});

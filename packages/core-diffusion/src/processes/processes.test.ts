import fc from 'fast-check';
import { randomStream } from '../random/stream';
import { absorbing } from './absorbing';
import type { ForwardProcess } from './process';
import { uniform } from './uniform';

const size = 5;
const candidates: [string, ForwardProcess][] = [
  ['absorbing, mask last', absorbing({ vocabSize: size, maskId: 4 })],
  ['absorbing, mask inside', absorbing({ vocabSize: size, maskId: 2 })],
  ['uniform', uniform({ vocabSize: size })],
];
const cleanIds = (process: ForwardProcess) => [0, 1, 2, 3, 4].filter((id) => id !== process.maskId);

/** q(x_t = z | x_0), by definition of the process. */
function forward(process: ForwardProcess, clean: number, alpha: number): number[] {
  return Array.from(
    { length: size },
    (_, z) =>
      (z === clean ? alpha : 0) + (1 - alpha) * (process.kind === 'uniform' ? 1 / size : Number(z === process.maskId)),
  );
}

describe.each(candidates)('%s', (_, process) => {
  it('has the posterior that Bayes gives, for every current and clean token', () => {
    const levels = fc.double({ min: 0.02, max: 0.98, noNaN: true });
    fc.assert(
      fc.property(levels, levels, (a, b) => {
        fc.pre(Math.abs(a - b) > 1e-6);
        const [alphaS, alphaT] = [Math.max(a, b), Math.min(a, b)];
        for (const clean of cleanIds(process)) {
          const atS = forward(process, clean, alphaS);
          const oneHot = Float64Array.from({ length: size }, (_, j) => Number(j === clean));
          for (let z = 0; z < size; z++) {
            const joint = atS.map((p, s) => p * forward(process, s, alphaT / alphaS)[z]!);
            const total = joint.reduce((x, y) => x + y, 0);
            if (total < 1e-9) continue;
            const out = new Float64Array(size);
            process.posterior(z, oneHot, alphaS, alphaT, out);
            expect(out).toBeCloseToArray(
              joint.map((p) => p / total),
              { atol: 1e-9 },
            );
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('noises with the probabilities of its definition, and begins with those of all noise', () => {
    const clean = cleanIds(process)[1]!;
    const law = new Float64Array(size);
    for (const alpha of [0.3, 0]) {
      process.transition(clean, alpha, law);
      expect(law).toBeCloseToArray(forward(process, clean, alpha), { atol: 1e-15 });
    }
    const draws = 20000;
    const noisy = process.prior(1, draws, randomStream(5));
    const statistic = [...law].reduce((sum, p, z) => {
      const seen = noisy.filter((id) => id === z).length;
      return p === 0 ? sum + seen * 1e9 : sum + (seen - draws * p) ** 2 / (draws * p);
    }, 0);
    expect(statistic).toBeLessThan(20);
  });

  it('starts from all noise', () => {
    const prior = process.prior(2, 50, randomStream(1));
    expect(prior.length).toBe(100);
    if (process.kind === 'absorbing') expect(prior.every((id) => id === process.maskId)).toBe(true);
    else expect(new Set(prior).size).toBe(size);
  });
});

it('refuses a mask outside the vocabulary and a vocabulary of one', () => {
  expect(() => absorbing({ vocabSize: 4, maskId: 4 })).toThrow('one of the 4 ids from 0; 4 was given');
  expect(() => absorbing({ vocabSize: 1, maskId: 0 })).toThrow('at least one token and the mask; 1 ids were given');
  expect(() => uniform({ vocabSize: 1 })).toThrow('at least 2 tokens; 1 was given');
});

it('takes the prediction where a uniform token cannot be, with no noise to explain it', () => {
  const out = new Float64Array(3);
  uniform({ vocabSize: 3 }).posterior(2, [0.25, 0.75, 0], 1, 1, out);
  expect([...out]).toEqual([0.25, 0.75, 0]);
});

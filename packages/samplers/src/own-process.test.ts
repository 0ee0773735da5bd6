import { chiSquare } from '@idlm/core-diffusion/choices';
import { type ForwardProcess, type SamplingFamily, absorbing, logLinear, uniform } from '@idlm/core-diffusion/sampling';
import { mixture } from '@idlm/tools/mixture-process';
import fc from 'fast-check';
import { samplerConformance } from './conformance';
import { MASK } from './conformance/tiny-model';
import { generate } from './generate';
import type { Sampler } from './sampler';
import { analytic } from './samplers/analytic';
import { ancestral } from './samplers/ancestral';
import { ancestralCached } from './samplers/ancestral-cached';
import { euler } from './samplers/euler';
import { suitableSampler } from './suitable';

const NOISE = [0.2, 0.5, 0.3] as const;
const own = mixture(NOISE, MASK);

/** A family of the process: logits to probabilities of all tokens but the mask. */
const family: SamplingFamily = {
  spec: { name: 'mixed' },
  schedule: logLinear(),
  process: own,
  slotToLogProbs(logits) {
    logits[MASK] = -Infinity;
  },
};

const ownSamplers: [string, () => Sampler][] = [
  ['ancestral', () => ancestral({ last: 'ancestral' })],
  ['euler', () => euler({ last: 'ancestral' })],
  ['analytic', () => analytic({ last: 'ancestral' })],
];

describe.each(ownSamplers)('%s on a process from outside', (_, make) => {
  const checks = samplerConformance(make, { families: [family] });
  it.each(checks.map((check) => [check.name, check] as const))('%s', (__, check) => check.run());
});

it.each([1, 2, 7])('a lone token of a process from outside has the law of its data after %p steps', async (steps) => {
  const law = [0.7, 0, 0.3];
  const denoise = async ({ positions }: { positions: Int32Array }) =>
    Float64Array.from({ length: positions.length * 3 }, (_, i) => Math.log(law[i % 3]!));
  const { tokens } = await generate(denoise, family, steps, { batch: 4000, length: 1, seed: steps });
  const counts = law.map((_, v) => tokens.filter((token) => token === v).length);
  // The 99.9 % quantile with 1 degree of freedom.
  expect(chiSquare(counts, law)).toBeLessThan(10.8);
  expect(chiSquare(counts, [0.6, 0, 0.4])).toBeGreaterThan(10.8);
});

it('samplers that need masks refuse it in a sentence, and what suits it is chosen', async () => {
  expect(suitableSampler(own).spec).toEqual({ name: 'ancestral', options: { last: 'ancestral' } });
  const denoise = async () => new Float64Array(3);
  await expect(generate(denoise, family, 2, { length: 1, sampler: ancestralCached() })).rejects.toThrow(
    'The sampler "ancestral-cached" works on absorbing processes; the mixed family\'s is mixture. Choose another, such as "ancestral".',
  );
});

const processes: [string, ForwardProcess][] = [
  ['absorbing', absorbing({ vocabSize: 3, maskId: MASK })],
  ['uniform', uniform({ vocabSize: 3 })],
  ['mixture', own],
];

/** A row x_θ without the mask, and α_t < α_s. */
const given = fc
  .tuple(
    fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    fc.double({ min: 0.05, max: 0.9, noNaN: true }),
    fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  )
  .map(([p, alphaT, share]) => ({
    clean: Float64Array.of(p, 0, 1 - p),
    alphaT,
    alphaS: alphaT + (1 - alphaT) * share,
  }));

describe.each(processes)('the mathematics of the %s process agree', (_, process) => {
  /** q_t(y)/q_t(x_t) of all tokens under x_θ, 0 at x_t. */
  const scoresOf = (clean: Float64Array, current: number, alpha: number) => {
    const law = new Float64Array(3);
    clean.forEach((weight, token) => {
      const noisy = new Float64Array(3);
      process.transition(token, alpha, noisy);
      noisy.forEach((p, v) => (law[v]! += weight * p));
    });
    return law.map((p, v) => (v === current ? 0 : p / law[current]!));
  };
  const open = [0, 1, 2].filter((token) => process.isOpen(token));

  it('the posterior is that of Bayes, and a step from exact scores has it', () => {
    fc.assert(
      fc.property(given, ({ clean, alphaT, alphaS }) => {
        for (const current of open) {
          const posterior = new Float64Array(3);
          process.posterior(current, clean, alphaS, alphaT, posterior);
          const joint = [0, 1, 2].map((s) => {
            const [early, late] = [new Float64Array(3), new Float64Array(3)];
            clean.forEach((weight, token) => {
              process.transition(token, alphaS, late);
              early[s]! += weight * late[s]!;
            });
            process.transition(s, alphaT / alphaS, late);
            return early[s]! * late[current]!;
          });
          const total = joint.reduce((a, b) => a + b);
          expect(posterior).toBeCloseToArray(
            joint.map((p) => p / total),
            { atol: 1e-12 },
          );
          const step = scoresOf(clean, current, alphaT);
          process.scoresToStep(step, current, Math.log(alphaS / alphaT));
          expect(step).toBeCloseToArray(posterior, { atol: 1e-9 });
        }
      }),
    );
  });

  it('rates are the slope of the posterior, from x_θ and from its scores', () => {
    fc.assert(
      fc.property(given, ({ clean, alphaT }) => {
        for (const current of open) {
          const [rates, time, dAlpha] = [clean.slice(), 1e-7, -0.7];
          process.cleanToRates(rates, current, { alpha: alphaT, dAlpha });
          const after = new Float64Array(3);
          process.posterior(current, clean, alphaT - dAlpha * time, alphaT, after);
          const slope = after.map((p, v) => (v === current ? 0 : p / time));
          expect(slope).toBeCloseToArray(rates, { rtol: 1e-4, atol: 1e-4 });
          const scores = scoresOf(clean, current, alphaT);
          process.scoresToRates(scores, current, -dAlpha / alphaT);
          expect(scores).toBeCloseToArray(rates, { rtol: 1e-9, atol: 1e-12 });
        }
      }),
    );
  });
});

it.each<[string, () => Int32Array, string]>([
  ['no noise', () => undefined as never, 'must give noise, an Int32Array of 2; it gave none.'],
  ['a list', () => [0, 1] as never, 'must give noise, an Int32Array of 2; it gave an Array of 2.'],
  ['too little noise', () => Int32Array.of(0), 'must give noise, an Int32Array of 2; it gave an Int32Array of 1.'],
  ['a token that there is not', () => Int32Array.of(0, 3), 'wrote the token 3; ids go from 0 to 2.'],
])('a process that begins with %s is refused in a sentence', async (_, prior, words) => {
  const denoise = async () => new Float64Array(6);
  const wrong = { ...family, process: { ...own, prior } };
  await expect(generate(denoise, wrong, 2, { length: 2, sampler: ancestral() })).rejects.toThrow(
    `The prior of the mixed family's process ${words}`,
  );
});

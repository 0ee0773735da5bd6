import { chiSquare } from '@idlm/core-diffusion/choices';
import { type SamplingFamily, logLinear, mdlm, randomStream, sedd, udlm } from '@idlm/core-diffusion';
import { countStates } from '../conformance/states';
import { lawAtEnd, noisedLaw } from '../conformance/exact-law';
import { JOINT, LENGTH, exactDenoise, exactNetwork } from '../conformance/tiny-model';
import { sampleAll } from '../sample';
import type { Denoise, Network } from '../sampler';
import { ancestral } from '../samplers/ancestral';
import { ancestralCached } from '../samplers/ancestral-cached';
import { everyToken, guidedByClassifier } from './classifier';
import { guided } from './classifier-free';

/** p(y | first, second) of the two clean tokens. */
const CONDITION = [
  [0.9, 0.2],
  [0.4, 0.7],
];

/** p(first, second | y), unnormalised. */
const CONDITIONAL = JOINT.map((row, i) => row.map((p, j) => p * CONDITION[i]![j]!));

const masked = mdlm({ vocabSize: 3, maskId: 1, schedule: logLinear({ eps: 0 }) });
const uniform = udlm({ vocabSize: 3 });

/** ln p(y | row) of noisy rows, by Bayes' rule over all noised rows. */
const exactClassifier = (family: SamplingFamily) =>
  everyToken(
    async ({ tokens, length, t }) => {
      const { schedule, process } = family;
      const [all, ofY] = [JOINT, CONDITIONAL].map((joint) => noisedLaw(family, schedule.alpha(t), joint));
      return Array.from({ length: tokens.length / length }, (_, r) => {
        const state = tokens[r * length]! * process.vocabSize + tokens[r * length + 1]!;
        return Math.log(ofY![state]! / all![state]!);
      });
    },
    { vocabSize: family.process.vocabSize, rowsAtOnce: 7 },
  );

/** x_θ of a network at every position of a state. */
async function predictions(network: Network, family: SamplingFamily, tokens: number[], t: number): Promise<number[]> {
  const positions = Int32Array.from([0, 1].filter((position) => family.process.isOpen(tokens[position]!)));
  const logits = await network.denoise({ tokens: Int32Array.from(tokens), length: LENGTH, positions, t });
  return Array.from(positions).flatMap((position, n) => {
    const row = Float64Array.from(logits.subarray(3 * n, 3 * n + 3));
    family.slotToLogProbs(row, tokens[position]!, t);
    return Array.from(row, Math.exp);
  });
}

const states = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [a, b]));
/** Every noisy state with an open position, at several times. */
const everyState = (family: SamplingFamily) =>
  [0.9, 0.5, 0.1].flatMap((t) =>
    states.filter((state) => state.some((token) => family.process.isOpen(token))).map((state) => ({ state, t })),
  );

describe.each([masked, uniform])('a classifier over $spec.name', (family) => {
  it('makes the conditional network of an unconditional one at strength 1', async () => {
    const network = guidedByClassifier(exactDenoise(family), exactClassifier(family), { strength: 1, family });
    const conditional = { denoise: exactDenoise(family, CONDITIONAL) };
    for (const { state, t } of everyState(family)) {
      const expected = await predictions(conditional, family, state, t);
      expect(await predictions(network, family, state, t)).toBeCloseToArray(expected, { atol: 1e-9 });
    }
  });

  it('leaves the network alone at strength 0', () => {
    const denoise = exactDenoise(family);
    expect(guidedByClassifier(denoise, exactClassifier(family), { strength: 0, family }).denoise).toBe(denoise);
  });
});

it('classifies scores relative to the current token', async () => {
  const family = sedd({ vocabSize: 3 });
  const scores = Float64Array.of(0.3, 0, -0.2);
  const classified = Float64Array.of(1, 5, 2);
  const network = guidedByClassifier(
    async () => scores,
    async () => classified,
    { strength: 2, family },
  );
  const row = await network.denoise({
    tokens: Int32Array.of(1, 0),
    length: 2,
    positions: Int32Array.of(0),
    t: 0.5,
  });
  expect(row).toBeCloseToArray([0.3 - 8, 0, -0.2 - 6], { atol: 1e-12 });
});

/** How far tokens drawn with a network are from a law. */
async function distance(network: Network, family: SamplingFamily, law: Float64Array, grid: readonly number[]) {
  const environment = { denoise: network, family, timeConditioned: true, random: randomStream(5) };
  const sampler = family.process.unmasking ? ancestralCached({ last: 'none' }) : ancestral({ last: 'none' });
  const { tokens } = await sampleAll({ sampler, environment, batch: 4000, length: LENGTH, grid });
  return chiSquare(countStates(tokens, family.process.vocabSize), law);
}

describe('classifier-free guidance', () => {
  const GRID = [1, 0.7, 0.3, 0];
  /** x_c^γ x_u^{1−γ}, normalised, told anew for the enumeration. */
  const mixedNetwork = (strength: number) => (tokens: ArrayLike<number>, position: number, t: number) => {
    const [c, u] = [CONDITIONAL, JOINT].map((joint) => exactNetwork(masked, joint)(tokens, position, t));
    const row = c!.map((p, v) => (p === 0 ? 0 : p ** strength * u![v]! ** (1 - strength)));
    const total = row.reduce((a, b) => a + b);
    return row.map((p) => p / total);
  };

  it('is one of the networks at the strengths 0 and 1', () => {
    const [knowing, other] = [exactDenoise(masked, CONDITIONAL), exactDenoise(masked)];
    expect(guided(knowing, other, { strength: 1, family: masked }).denoise).toBe(knowing);
    expect(guided(knowing, other, { strength: 0, family: masked }).denoise).toBe(other);
  });

  it.each([0.5, 3])('over masks has the law of mixed predictions at strength %d', async (strength) => {
    const network = guided(exactDenoise(masked, CONDITIONAL), exactDenoise(masked), { strength, family: masked });
    const law = lawAtEnd('ancestral', GRID, masked, mixedNetwork(strength));
    expect(await distance(network, masked, law, GRID)).toBeLessThan(30);
    const other = lawAtEnd('ancestral', GRID, masked, mixedNetwork(strength + 1.5));
    expect(await distance(network, masked, other, GRID)).toBeGreaterThan(30);
  });

  /** How far the posterior of a guided step is from the mixed posteriors, at the token that may come, as a share. */
  async function distanceOfPosteriors(strength: number, step: number): Promise<number> {
    const network = guided(exactDenoise(uniform, CONDITIONAL), exactDenoise(uniform), { strength, family: uniform });
    const [t, tokens] = [0.5, [0, 2]];
    const { alpha } = uniform.schedule;
    const posteriorOf = (clean: ArrayLike<number>) => {
      const out = new Float64Array(3);
      uniform.process.posterior(0, clean, alpha(t - step), alpha(t), out);
      return out;
    };
    const [c, u] = [CONDITIONAL, JOINT].map((joint) => posteriorOf(exactNetwork(uniform, joint)(tokens, 0, t)));
    const product = c!.map((p, v) => p ** strength * u![v]! ** (1 - strength));
    const total = product.reduce((sum, p) => sum + p);
    const ours = posteriorOf((await predictions(network, uniform, tokens, t)).slice(0, 3));
    return Math.abs(ours[2]! / (product[2]! / total) - 1);
  }

  it('over tokens mixes the posteriors of short steps', async () => {
    const [long, short] = [await distanceOfPosteriors(0.5, 0.02), await distanceOfPosteriors(0.5, 0.002)];
    expect(long).toBeGreaterThan(1e-6);
    expect(short).toBeLessThan(long / 8);
    // Here the third token falls below what noise makes likely, which no x_θ can say.
    expect(await distanceOfPosteriors(1.5, 0.002)).toBeLessThan(0.01);
  });

  it('mixes scores as they are', async () => {
    const family = sedd({ vocabSize: 3, maskId: 1 });
    const fixed =
      (...row: number[]): Denoise =>
      async () =>
        Float64Array.from(row);
    const network = guided(fixed(1, 0, 2), fixed(3, 0, 1), { strength: 2, family });
    const request = { tokens: Int32Array.of(1), length: 1, positions: Int32Array.of(0), t: 0.5 };
    expect(Array.from(await network.denoise(request))).toEqual([-1, 0, 3]);
  });

  it('keeps out what the condition excludes, and raises nothing without end', async () => {
    const fixed =
      (...row: number[]): Denoise =>
      async () =>
        Float64Array.from(row);
    const network = guided(fixed(-Infinity, 5, 2), fixed(3, 5, -Infinity), { strength: 2, family: masked });
    const request = { tokens: Int32Array.of(1), length: 1, positions: Int32Array.of(0), t: 0.5 };
    expect(Array.from(await network.denoise(request))).toEqual([-Infinity, 5, 2]);
  });

  it.each([-1, NaN, Infinity])('refuses the strength %d', (strength) =>
    expect(() => guided(exactDenoise(masked), exactDenoise(masked), { strength, family: masked })).toThrow(
      `a number of at least 0; ${strength} was given`,
    ),
  );
});

import { type NoiseSchedule, type SamplingFamily, logLinear, mdlm, udlm } from '@idlm/core-diffusion/sampling';
import type { Denoise, SamplerLaw, StepLaw } from '../sampler';

/** Tokens of a sequence. */
export const LENGTH = 2;

/** The joint law of clean sequences over a vocabulary's first two tokens that are no mask, p*(first, second). */
export const JOINT = [
  [0.45, 0.05],
  [0.2, 0.3],
] as const;

/** Two tokens, and the mask between them. */
export const TOKENS = [0, 2] as const;
/** Id of the mask of `tinyFamily`. */
export const MASK = 1;

/** A masked family; α reaches 1 at t = 0, so that grids down to 0 leave no mask. */
export const tinyFamily = (schedule: NoiseSchedule = logLinear()): SamplingFamily =>
  mdlm({ vocabSize: 3, maskId: MASK, schedule });

/** A uniform family with a token that no clean sequence has. */
export const tinyUniformFamily = (): SamplingFamily => udlm({ vocabSize: 3 });

/** The two tokens of clean sequences. */
export function cleanTokens({ process: { vocabSize, maskId } }: SamplingFamily): [number, number] {
  const [first, second] = Array.from({ length: vocabSize }, (_, v) => v).filter((v) => v !== maskId);
  return [first!, second!];
}

/** q(x_t | x_0) of a token, [V]. */
function transition({ process }: SamplingFamily, token: number, alpha: number): Float64Array {
  const law = new Float64Array(process.vocabSize);
  process.transition(token, alpha, law);
  return law;
}

/** x_θ of the exact network at a position: the law of its clean token given the other noisy token, by enumeration. */
function exactPrediction(family: SamplingFamily, tokens: ArrayLike<number>, position: number, t: number): Float64Array {
  const clean = cleanTokens(family);
  const seen = clean.map((token) => transition(family, token, family.schedule.alpha(t))[tokens[1 - position]!]!);
  // A token that no clean sequence leads to says nothing.
  const weights = seen.some((weight) => weight > 0) ? seen : [1, 1];
  const law = new Float64Array(family.process.vocabSize);
  clean.forEach((token, a) =>
    weights.forEach((weight, b) => (law[token]! += weight * (position === 0 ? JOINT[a]![b]! : JOINT[b]![a]!))),
  );
  const total = law.reduce((sum, weight) => sum + weight);
  return law.map((weight) => weight / total);
}

/** The exact network of a family; it likes the mask best, which must never be drawn. */
export const exactDenoise =
  (family: SamplingFamily): Denoise =>
  async ({ tokens, positions, t }) => {
    const { vocabSize, maskId } = family.process;
    const logits = new Float64Array(positions.length * vocabSize);
    positions.forEach((position, n) => {
      const start = position - (position % LENGTH);
      const law = exactPrediction(family, tokens.subarray(start, start + LENGTH), position - start, t);
      logits.set(law.map(Math.log), n * vocabSize);
      if (maskId !== undefined) logits[n * vocabSize + maskId] = 5;
    });
    return logits;
  };

/** The exact network of `tinyFamily`. */
export const tinyDenoise: Denoise = exactDenoise(tinyFamily());

/** A network that is certain of the clean tokens `x0` [L]. */
export const perfectDenoise =
  (x0: ArrayLike<number>, vocabSize: number): Denoise =>
  async ({ positions, length }) => {
    const logits = new Float64Array(positions.length * vocabSize).fill(-50);
    positions.forEach((position, n) => (logits[n * vocabSize + x0[position % length]!] = 50));
    return logits;
  };

/** The law of two independent positions over all V² states V · first + second. */
const product = (first: ArrayLike<number>, second: ArrayLike<number>): Float64Array =>
  Float64Array.from(
    { length: first.length * second.length },
    (_, state) => first[Math.floor(state / second.length)]! * second[state % second.length]!,
  );

/** The posterior of the process, as a step's law. */
const posteriorLaw: StepLaw = (current, clean, { from, to }, { process, schedule }) => {
  const out = new Float64Array(process.vocabSize);
  process.posterior(current, clean, schedule.alpha(to), schedule.alpha(from), out);
  return out;
};

/** A law over all states after one step of the exact network. */
function afterStep(
  law: Float64Array,
  step: { readonly from: number; readonly to: number },
  family: SamplingFamily,
  stepLaw: StepLaw,
): Float64Array {
  const { vocabSize, isOpen } = family.process;
  const next = new Float64Array(law.length);
  law.forEach((weight, state) => {
    if (weight === 0) return;
    const tokens = [Math.floor(state / vocabSize), state % vocabSize];
    const [first, second] = tokens.map((token, position) =>
      isOpen(token)
        ? stepLaw(token, exactPrediction(family, tokens, position, step.from), step, family)
        : Float64Array.from({ length: vocabSize }, (_, v) => Number(v === token)),
    );
    product(first!, second!).forEach((share, target) => (next[target]! += weight * share));
  });
  return next;
}

/** The law over all V² states of clean sequences that are noised to α. */
function noisedLaw(family: SamplingFamily, alpha: number): Float64Array {
  const [a, b] = cleanTokens(family).map((token) => transition(family, token, alpha));
  const law = new Float64Array(family.process.vocabSize ** LENGTH);
  [a!, b!].forEach((first, i) =>
    [a!, b!].forEach((second, j) =>
      product(first, second).forEach((share, state) => (law[state]! += JOINT[i]![j]! * share)),
    ),
  );
  return law;
}

/**
 * The law over all V² states at the end of a grid, from all noise, of the exact network under a sampler's law. In infinitely many
 * steps it is that of noised data, whatever the order of the tokens.
 */
export function lawAtEnd(samplerLaw: SamplerLaw, grid: ArrayLike<number>, family: SamplingFamily): Float64Array {
  const { schedule, process } = family;
  if (samplerLaw === 'first-hitting') {
    const [first, last] = [schedule.alpha(grid[0]!), schedule.alpha(grid[grid.length - 1]!)];
    return noisedLaw(family, process.unmasking!.chance(last, first));
  }
  const stepLaw = samplerLaw === 'ancestral' ? posteriorLaw : samplerLaw;
  const noise = transition(family, cleanTokens(family)[0], 0);
  let law = product(noise, noise);
  for (let i = 1; i < grid.length; i++) law = afterStep(law, { from: grid[i - 1]!, to: grid[i]! }, family, stepLaw);
  return law;
}

/** How often each of the V² states occurs among sequences, [V²]. */
export function countStates(tokens: Int32Array, vocabSize: number): Int32Array {
  const counts = new Int32Array(vocabSize ** LENGTH);
  for (let i = 0; i < tokens.length; i += LENGTH) counts[vocabSize * tokens[i]! + tokens[i + 1]!]!++;
  return counts;
}

/** Pearson's statistic of counts against a law; infinite when an impossible state was seen. */
export function chiSquare(counts: ArrayLike<number>, law: ArrayLike<number>): number {
  const total = Array.from(counts).reduce((a, b) => a + b, 0);
  return Array.from(counts).reduce((sum, count, k) => {
    const expected = total * law[k]!;
    if (expected < 1e-9) return count ? Infinity : sum;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

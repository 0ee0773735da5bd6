import { type SamplingFamily, type NoiseSchedule, logLinear, mdlm } from '@idlm/core-diffusion/sampling';
import type { Denoise, SamplerEnvironment } from '../sampler';

/** Two tokens and the mask, in the middle of the vocabulary; sequences of two. */
export const TOKENS = [0, 2] as const;
/** Id of the mask. */
export const MASK = 1;
/** Tokens of a sequence. */
export const LENGTH = 2;

/** The joint law of the tiny model's clean sequences, p*(first, second). */
export const JOINT = [
  [0.45, 0.05],
  [0.2, 0.3],
] as const;

/** The tiny family; α reaches 1 at t = 0, so that grids down to 0 leave no mask. */
export const tinyFamily = (schedule: NoiseSchedule = logLinear()): SamplingFamily =>
  mdlm({ vocabSize: 3, maskId: MASK, schedule });

const side = (token: number): number => TOKENS.indexOf(token as 0 | 2);

/** P(x_l = each of the two tokens | the other position's token, or nothing). */
export function tinyPosterior(tokens: ArrayLike<number>, position: number): [number, number] {
  const other = tokens[1 - position]!;
  const weight = (v: number): number => {
    const entry = (o: number) => (position === 0 ? JOINT[v]![o]! : JOINT[o]![v]!);
    return other === MASK ? entry(0) + entry(1) : entry(side(other));
  };
  const total = weight(0) + weight(1);
  return [weight(0) / total, weight(1) / total];
}

/** The exact posterior network of the tiny model. */
export const tinyDenoise: Denoise = async ({ tokens, positions }) => {
  const logits = new Float64Array(positions.length * 3);
  positions.forEach((position, n) => {
    const row = Math.floor(position / LENGTH);
    const [first, second] = tinyPosterior(tokens.subarray(row * LENGTH, (row + 1) * LENGTH), position % LENGTH);
    logits.set([Math.log(first), 5, Math.log(second)], n * 3);
  });
  return logits;
};

/** A network that is certain of the clean tokens `x0` [L]. */
export const perfectDenoise =
  (x0: ArrayLike<number>, vocabSize: number): Denoise =>
  async ({ positions, length }) => {
    const logits = new Float64Array(positions.length * vocabSize).fill(-50);
    positions.forEach((position, n) => (logits[n * vocabSize + x0[position % length]!] = 50));
    return logits;
  };

/** Law over all 9 states after one ancestral step from a law over states, by enumeration. State = 3 · first + second. */
function ancestralStep(
  law: Float64Array,
  from: number,
  to: number,
  { family }: Pick<SamplerEnvironment, 'family'>,
): Float64Array {
  const next = new Float64Array(9);
  const [alphaT, alphaS] = [family.schedule.alpha(from), family.schedule.alpha(to)];
  for (let state = 0; state < 9; state++) {
    if (law[state] === 0) continue;
    const tokens = [Math.floor(state / 3), state % 3];
    const rows = tokens.map((current, position) => {
      const [first, second] = tinyPosterior(tokens, position);
      const out = new Float64Array(3);
      family.process.posterior(current, [first, 0, second], alphaS, alphaT, out);
      return out;
    });
    for (let target = 0; target < 9; target++)
      next[target]! += law[state]! * rows[0]![Math.floor(target / 3)]! * rows[1]![target % 3]!;
  }
  return next;
}

/** The law of the ancestral chain over the 9 states at the end of a grid, from all masks. */
export function ancestralLaw(grid: ArrayLike<number>, family: SamplingFamily): Float64Array {
  let law: Float64Array = new Float64Array(9);
  law[3 * MASK + MASK] = 1;
  for (let i = 1; i < grid.length; i++) law = ancestralStep(law, grid[i - 1]!, grid[i]!, { family });
  return law;
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

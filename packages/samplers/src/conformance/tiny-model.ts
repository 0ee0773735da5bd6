import {
  type NoiseSchedule,
  type SamplingFamily,
  batchRowOf,
  logLinear,
  mdlm,
  udlm,
} from '@idlm/core-diffusion/sampling';
import type { Denoise } from '../sampler';
import type { ExactNetwork } from './row-law';

/** Tokens of a sequence. */
export const LENGTH = 2;

/** A law over pairs of clean tokens, which need not sum to 1. */
export type Joint = readonly (readonly number[])[];

/** The joint law of clean sequences over a vocabulary's first two tokens that are no mask, p*(first, second). */
export const JOINT: Joint = [
  [0.45, 0.05],
  [0.2, 0.3],
];

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
export function transition({ process }: SamplingFamily, token: number, alpha: number): Float64Array {
  const law = new Float64Array(process.vocabSize);
  process.transition(token, alpha, law);
  return law;
}

/** A position, the noisy token at the other one, and when. */
interface Place {
  readonly position: number;
  readonly other: number;
  readonly t: number;
}

/** The law of the clean token at a noisy position given the other noisy token, by enumeration. */
function exactPrediction(family: SamplingFamily, joint: Joint, { position, other, t }: Place): Float64Array {
  const clean = cleanTokens(family);
  const seen = clean.map((token) => transition(family, token, family.schedule.alpha(t))[other]!);
  // A token that no clean sequence leads to says nothing.
  const weights = seen.some((weight) => weight > 0) ? seen : [1, 1];
  const law = new Float64Array(family.process.vocabSize);
  clean.forEach((token, a) =>
    weights.forEach((weight, b) => (law[token]! += weight * (position === 0 ? joint[a]![b]! : joint[b]![a]!))),
  );
  const total = law.reduce((sum, weight) => sum + weight);
  return law.map((weight) => weight / total);
}

/** x_θ of the exact network: the law of a clean token given the other noisy token, and a token that is settled itself. */
export const exactNetwork =
  (family: SamplingFamily, joint = JOINT): ExactNetwork =>
  (tokens, position, t) =>
    family.process.isOpen(tokens[position]!)
      ? exactPrediction(family, joint, { position, other: tokens[1 - position]!, t })
      : Float64Array.from({ length: family.process.vocabSize }, (_, v) => Number(v === tokens[position]));

/** What a network with the exact law of a clean token says, [V]. */
const exactLogits = (family: SamplingFamily, joint: Joint, place: Place): Float64Array =>
  exactPrediction(family, joint, place).map(Math.log);

/** The exact network of a family; it likes the mask best, which must never be drawn. */
export const exactDenoise =
  (family: SamplingFamily, joint = JOINT): Denoise =>
  async ({ tokens, positions, t, times }) => {
    const { vocabSize, maskId } = family.process;
    const logits = new Float64Array(positions.length * vocabSize);
    // A few states stand in thousands of rows.
    const known = new Map<number, Float64Array>();
    positions.forEach((at, n) => {
      const position = at % LENGTH;
      const other = tokens[at - position + (1 - position)]!;
      const logitsAt = (time: number) => exactLogits(family, joint, { other, position, t: time });
      const found = times
        ? logitsAt(times[batchRowOf(at, LENGTH)]!)
        : (known.get(LENGTH * other + position) ?? logitsAt(t));
      if (!times) known.set(LENGTH * other + position, found);
      logits.set(found, n * vocabSize);
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

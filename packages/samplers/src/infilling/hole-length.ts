import { InputError } from '@idlm/core-diffusion/sampling';
import { normalise } from '../predict';
import { stepTogether } from '../row-steps';
import type { Row, RowRun, SamplerEnvironment } from '../sampler';

/** A hole of unknown length within text, and the lengths that are tried. */
export interface UnknownHole {
  /** Tokens before it; they may hold masks, where another hole lies. */
  readonly before: ArrayLike<number>;
  /** Tokens behind it, up to the next hole; at least one. */
  readonly behind: ArrayLike<number>;
  /** Fewest tokens that it may have (default 1). */
  readonly least?: number;
  /** Most tokens that it may have. */
  readonly most: number;
  /** Most tokens that the network reads. */
  readonly window: number;
}

/** How long a hole is. */
export interface HoleLength {
  /** The likeliest number of tokens. */
  readonly length: number;
  /** Probability of each number of tokens from `least` on. */
  readonly probabilities: Float64Array;
  /** Network calls that followed one another. */
  readonly networkCalls: number;
  /** Network evaluations of single rows. */
  readonly rowEvaluations: number;
}

/** Tokens behind a hole that are looked at; given these, those further behind depend little on its length. */
const COMPARED = 16;

function checkHole({ behind, least = 1, most, window }: UnknownHole): void {
  const isRange = Number.isInteger(least) && Number.isInteger(most) && least >= 0 && most >= least;
  if (!isRange)
    throw new InputError(`A hole has from 0 tokens on, at least to at most; ${least} to ${most} were given.`);
  if (behind.length === 0)
    throw new InputError('A hole of unknown length has text behind it, which tells its length; there is none.');
  if (most >= window)
    throw new InputError(
      `A hole and text behind it fit in the ${window} tokens that the network reads; ${most} are too many.`,
    );
}

/** The rows of all lengths: text, a hole of so many masks, text, and masks to the end, so that all have as many masks. */
function rowsOfLengths({ before, behind, least = 1, most, window }: UnknownHole, mask: number) {
  const compared = Math.min(behind.length, COMPARED, window - most);
  const start = Math.min(before.length, window - most - compared);
  const length = start + most + compared;
  const batch = most - least + 1;
  const tokens = new Int32Array(batch * length).fill(mask);
  const given = Array.from(before).slice(before.length - start);
  for (let row = 0; row < batch; row++) tokens.set(given, row * length);
  return { tokens, batch, length, compared, start };
}

/**
 * How many tokens stand in a hole, by how likely the text behind it is at each distance, the hole being masked: by Bayes' rule, as all
 * lengths are as likely before. Likelihoods are of the same tokens whatever the length, one after the other among as many masks, so
 * that they compare as they are; confidences within the hole do not (see CAL, arXiv 2602.00476, which calibrates them).
 * At most 16 calls, each of a row for every length.
 * @param environment its shaper and clamp are not heeded
 * @throws InputError for a process without masks, a hole with nothing behind it, and one that does not fit the window
 * Source: the chain rule in any order of Hoogeboom et al. (arXiv 2110.02037), for the tokens behind the hole.
 * @example
 * ```ts
 * import { holeLength, mdlm, randomStream } from '@idlm/samplers';
 *
 * // A network that has learnt to count: the token before, and one more for each place.
 * const denoise = async ({ tokens, length, positions }: { tokens: Int32Array; length: number; positions: Int32Array }) => {
 *   const logits = new Float64Array(positions.length * 10);
 *   positions.forEach((position, n) => (logits[n * 10 + tokens[position - (position % length)]! + (position % length)] = 9));
 *   return logits;
 * };
 * const environment = { denoise, family: mdlm({ vocabSize: 10, maskId: 9 }), random: randomStream(1) };
 * const { length } = await holeLength(environment, { before: [2, 3], behind: [7, 8], most: 5, window: 12 });
 * console.log(length); // → 3
 * ```
 */
export async function holeLength(environment: SamplerEnvironment, hole: UnknownHole): Promise<HoleLength> {
  const { process, schedule, spec } = environment.family;
  const { maskId: mask, unmasking, kind } = process;
  if (mask === undefined || !unmasking)
    throw new InputError(
      `The length of a hole is found among masks, which the ${spec.name} family's process, ${kind}, has not; give it.`,
    );
  checkHole(hole);
  const { tokens, batch, length, compared, start } = rowsOfLengths(hole, mask);
  const { behind, least = 1 } = hole;
  const scores = new Float64Array(batch);
  function* read(row: Row): RowRun {
    const n = row.offset / length;
    for (let i = 0; i < compared; i++) {
      const masked = row.open().length;
      const position = start + least + n + i;
      const predictions = yield { t: schedule.inverse(1 - masked / length), positions: [position] };
      scores[n]! += Math.log(predictions(0, 'network')[behind[i]!]!);
      row.tokens[position] = behind[i]!;
    }
  }
  const state = { tokens, batch, length, t: 1, firstRow: 0, networkCalls: 0, rowEvaluations: 0 };
  const bare = { ...environment, clamp: undefined, shape: undefined };
  const { networkCalls, rowEvaluations } = await stepTogether(state, 0, bare, read);
  const best = scores.reduce((most, score, n) => (score > scores[most]! ? n : most), 0);
  const probabilities = scores;
  if (!normalise(probabilities))
    throw new InputError('No length of the hole gives the text behind it any probability.');
  return { length: least + best, probabilities, networkCalls, rowEvaluations };
}

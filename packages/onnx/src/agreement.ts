import { type RandomStream, randomStream } from '@idlm/core-diffusion/sampling';
import type { HostRequest } from '@idlm/denoiser/requests';

/** A network as samplers see it. */
type Denoise = (request: HostRequest) => Promise<ArrayLike<number>>;

/** How near logits are to others, over positions [N]. */
export interface Agreement {
  readonly positions: number;
  /** Largest difference of two logits, as a share of the largest magnitude of a logit, where that is above 1. */
  readonly largest: number;
  /** KL(p‖q) of the distributions, in nats: over all positions, and where it is worst. p: as expected, q: as found. */
  readonly divergence: { readonly mean: number; readonly worst: number };
  /** Share of positions whose likeliest token is the same. */
  readonly greedy: number;
}

const likeliest = (logits: ArrayLike<number>, from: number, size: number): number => {
  let best = from;
  for (let i = from + 1; i < from + size; i++) if (logits[i]! > logits[best]!) best = i;
  return best - from;
};

/** log Σ exp of a row. */
function logSum(logits: ArrayLike<number>, from: number, size: number): number {
  const most = logits[from + likeliest(logits, from, size)]!;
  let sum = 0;
  for (let i = from; i < from + size; i++) sum += Math.exp(logits[i]! - most);
  return most + Math.log(sum);
}

/** KL(p‖q) of a row of logits, in nats. */
function divergenceOf(expected: ArrayLike<number>, found: ArrayLike<number>, from: number, size: number): number {
  const [sumP, sumQ] = [logSum(expected, from, size), logSum(found, from, size)];
  let divergence = 0;
  for (let i = from; i < from + size; i++) {
    const logP = expected[i]! - sumP;
    divergence += Math.exp(logP) * (logP - (found[i]! - sumQ));
  }
  // Rounding may leave a little below the 0 of equal distributions.
  return Math.max(0, divergence);
}

/** What some positions add to an agreement. */
interface Tally {
  readonly positions: number;
  /** Largest difference, and largest magnitude or 1. */
  readonly difference: number;
  readonly magnitude: number;
  /** Of the divergences: their sum, and the largest. */
  readonly sum: number;
  readonly worst: number;
  /** Positions whose likeliest token is the same. */
  readonly same: number;
}

const NOTHING: Tally = { positions: 0, difference: 0, magnitude: 1, sum: 0, worst: 0, same: 0 };

/** A tally with the positions of further logits [N, V]. */
function withLogits(before: Tally, expected: ArrayLike<number>, found: ArrayLike<number>, vocabSize: number): Tally {
  let { difference, magnitude, sum, worst, same } = before;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(expected[i]! - found[i]!));
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  for (let from = 0; from < expected.length; from += vocabSize) {
    const divergence = divergenceOf(expected, found, from, vocabSize);
    sum += divergence;
    worst = Math.max(worst, divergence);
    same += Number(likeliest(expected, from, vocabSize) === likeliest(found, from, vocabSize));
  }
  return { positions: before.positions + expected.length / vocabSize, difference, magnitude, sum, worst, same };
}

const agreementIn = ({ positions, difference, magnitude, sum, worst, same }: Tally): Agreement => ({
  positions,
  largest: difference / magnitude,
  divergence: { mean: sum / positions, worst },
  greedy: same / positions,
});

/**
 * How near logits [N, V] are to others; where one is no number, neither are the largest difference and the divergences.
 * @param vocabSize V
 */
export const agreementOf = (expected: ArrayLike<number>, found: ArrayLike<number>, vocabSize: number): Agreement =>
  agreementIn(withLogits(NOTHING, expected, found, vocabSize));

/** Shares of positions that hold noise, of one row after another. */
const NOISE = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1];

/** A row of random tokens, a share of them the last one: the mask of absorbing processes, a token as any other else. */
function noisyRow(length: number, vocabSize: number, share: number, random: RandomStream): Int32Array {
  const tokens = random.integers(length, vocabSize);
  const noise = random.uniforms(length);
  return tokens.map((token, i) => (noise[i]! < share ? vocabSize - 1 : token));
}

/** What networks are compared on. */
export interface AgreementOptions {
  readonly vocabSize: number;
  /** Tokens of a row. */
  readonly length: number;
  /** Positions that are compared, about so many (default 1024). */
  readonly positions?: number;
}

/**
 * How near two networks are on random tokens with shares of noise from 5 % to all.
 * @param expected the network that is right
 * @param found the one that is to be like it
 */
export async function compareNetworks(
  expected: Denoise,
  found: Denoise,
  { vocabSize, length, positions = 1024 }: AgreementOptions,
): Promise<Agreement> {
  const random = randomStream('agreement');
  const perRow = Math.min(length, Math.ceil(positions / NOISE.length));
  const asked = Int32Array.from({ length: perRow }, (_, i) => Math.floor((i * length) / perRow));
  // Row by row: the logits of 1024 positions in GPT-2's vocabulary are 200 MB, of either network.
  let tally = NOTHING;
  for (let row = 0; row * perRow < positions; row++) {
    const t = NOISE[row % NOISE.length]!;
    const tokens = noisyRow(length, vocabSize, t, random.split(row));
    const request = { tokens, length, t, positions: asked };
    tally = withLogits(tally, await expected(request), await found(request), vocabSize);
  }
  return agreementIn(tally);
}

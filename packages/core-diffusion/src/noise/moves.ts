import * as tf from '@tensorflow/tfjs-core';
import { batchRowOf } from '../flat-positions';
import type { RandomStream } from '../random/stream';
import { checkShape } from '../tensors/check-shape';
import { type FloatFeed, type IntFeed, type Uploaded, floatFeed, intFeed } from '../tensors/feeds';
import { type MarkedBatch, checkBatch } from './batch';
import { type CleanTokens, hardIds } from './clean-tokens';
import type { NoiseFeeds, NoiseOptions, NoisyTokens } from './noise';
import { type LossPlaces, lossPlaces } from './positions';

/** Which tokens of a batch move, and where to: the draws of the uniform process. */
export interface Moves {
  /** 1 where a token moves, int32 [B·L]. */
  readonly moved: IntFeed;
  /** The token that takes its place, int32 [B·L]. */
  readonly replacement: IntFeed;
}

/** Where the loss of a uniform process is, and how noisy it is there. */
export interface UniformLevels extends NoiseFeeds {
  /** α(t) of each slot, [N]. */
  readonly alpha: FloatFeed;
}

/** The noise of the uniform process on hard tokens. */
export type MoveNoise = UniformLevels & Moves;

/** α at padding: a level at which every formula is finite. */
const ALPHA_AT_PADDING = 0.5;

/**
 * The levels of a uniform process, whose loss is at every valid token.
 * @param alpha of each batch row, [B]
 * @returns the feeds, and their places for what a family adds
 * @throws InputError for sizes that do not fit the batch
 */
export function uniformLevels(
  batch: MarkedBatch,
  alpha: ArrayLike<number>,
  { bucket }: NoiseOptions = {},
): { readonly places: LossPlaces; readonly levels: UniformLevels } {
  checkBatch(batch, alpha);
  const places = lossPlaces(batch.valid, batch.length, bucket);
  return {
    places,
    levels: {
      ...places.feeds,
      sigma: floatFeed(Array.from(alpha, (value) => -Math.log(value))),
      alpha: places.perSlot((b) => alpha[b]!, ALPHA_AT_PADDING),
    },
  };
}

/** Draws which tokens move, and where to. @param alpha of each batch row, [B] */
export function drawMoves(
  { ids, length, valid }: MarkedBatch,
  alpha: ArrayLike<number>,
  vocabSize: number,
  random: RandomStream,
): Moves {
  const moved = new Int32Array(ids.length);
  const replacement = new Int32Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const chance = random.uniform();
    replacement[i] = Math.floor(random.uniform() * vocabSize);
    moved[i] = Number(chance < 1 - alpha[batchRowOf(i, length)]! && valid[i] === 1);
  }
  return { moved: intFeed(moved), replacement: intFeed(replacement) };
}

/** q(x_t | x_0) of the uniform process from the draws of `drawMoves`. */
export function moveTokens(
  clean: CleanTokens,
  { moved, replacement, sigma, positions }: Uploaded<NoiseFeeds & Moves>,
): NoisyTokens {
  checkShape('The noise of this batch', moved, 'B·L', { 'B·L': clean.ids.size });
  const flat = tf.where(tf.cast(moved, 'bool'), replacement, tf.reshape(hardIds(clean), [-1]));
  const ids = tf.reshape(flat, clean.ids.shape);
  return { input: { ids }, ids, sigma, positions };
}

import * as tf from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../processes/process';
import type { RandomStream } from '../random/stream';
import { checkShape } from '../tensors/check-shape';
import { floatFeed, intFeed } from '../tensors/feeds';
import { checkBatch } from './check-batch';
import { hardIds } from './clean-tokens';
import type { Family, Feeds, NoiseOptions } from '../families/family';
import { padPositions, rowsOf } from './positions';

/**
 * The feeds of one batch whose masked positions are given: the deterministic half of `Family.noise`, also used to replay
 * stored draws.
 * @param masked 1 where a token is masked, [B·L]
 * @param weights NELBO weight of each row [B]
 * @param sigmas −ln α of each row [B]
 */
export function mdlmNoise(
  masked: ArrayLike<number>,
  length: number,
  weights: ArrayLike<number>,
  sigmas: ArrayLike<number>,
  bucket?: number,
): Feeds {
  const pattern = Int32Array.from(masked);
  const positions: number[] = [];
  pattern.forEach((one, i) => one && positions.push(i));
  const padded = padPositions(Int32Array.from(positions), pattern.length, bucket);
  const weight = Float32Array.from(padded, (position, n) =>
    n < positions.length ? weights[Math.floor(position / length)]! : 0,
  );
  return {
    masked: intFeed(pattern),
    positions: intFeed(padded),
    rows: intFeed(rowsOf(positions, pattern.length)),
    weight: floatFeed(weight),
    sigma: floatFeed(sigmas),
  };
}

/** What each row's noise is, [B] each. */
export interface MaskedLevels {
  readonly alpha: ArrayLike<number>;
  /** Weight of the loss. */
  readonly weight: ArrayLike<number>;
  /** −ln α. */
  readonly sigma: ArrayLike<number>;
}

/**
 * Draws which tokens are masked: the noise of the absorbing process.
 * @throws InputError for sizes that do not fit the batch
 */
export function drawMasks(
  clean: TokenBatch,
  { alpha, weight, sigma }: MaskedLevels,
  random: RandomStream,
  { valid, bucket }: NoiseOptions,
): Feeds {
  checkBatch(clean, alpha, valid);
  const masked = clean.ids.map((_, i) =>
    Number(random.uniform() < 1 - alpha[Math.floor(i / clean.length)]! && (valid ? valid[i] === 1 : true)),
  );
  return mdlmNoise(masked, clean.length, weight, sigma, bucket);
}

/** q(x_t | x_0) from the draws of `drawMasks`. */
export const maskTokens =
  (maskId: number): Family['corrupt'] =>
  (clean, noise) => {
    checkShape('The noise of this batch', noise['masked']!, 'B·L', { 'B·L': clean.ids.size });
    const flat = tf.where(tf.cast(noise['masked']!, 'bool'), tf.scalar(maskId, 'int32'), hardIds(clean));
    const ids = tf.reshape(flat, clean.ids.shape);
    return { input: { ids }, ids, sigma: noise['sigma']!, positions: noise['positions']! };
  };

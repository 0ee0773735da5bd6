import * as tf from '@tensorflow/tfjs-core';
import { batchRowOf } from '../flat-positions';
import type { RandomStream } from '../random/stream';
import { checkShape } from '../tensors/check-shape';
import { type IntFeed, type Uploaded, intFeed } from '../tensors/feeds';
import { type MarkedBatch, checkBatch } from './batch';
import { type CleanTokens, hardIds } from './clean-tokens';
import type { NoiseFeeds, NoisyTokens } from './noise';

/** The noise of the absorbing process. */
export interface MaskNoise extends NoiseFeeds {
  /** 1 where a token becomes the mask, int32 [B·L]. */
  readonly masked: IntFeed;
}

/**
 * Draws which tokens become the mask, [B·L].
 * @param alpha of each batch row, [B]
 * @throws InputError for sizes that do not fit the batch
 */
export function drawMasks(batch: MarkedBatch, alpha: ArrayLike<number>, random: RandomStream): IntFeed {
  checkBatch(batch, alpha);
  const { length, valid } = batch;
  const isMasked = (_: number, i: number) =>
    Number(random.uniform() < 1 - alpha[batchRowOf(i, length)]! && valid[i] === 1);
  return intFeed(batch.ids.map(isMasked));
}

/** q(x_t | x_0) of the absorbing process from the draws of `drawMasks`. */
export const maskTokens =
  (maskId: number) =>
  (clean: CleanTokens, { masked, sigma, positions }: Uploaded<MaskNoise>): NoisyTokens => {
    checkShape('The noise of this batch', masked, 'B·L', { 'B·L': clean.ids.size });
    const flat = tf.where(tf.cast(masked, 'bool'), tf.scalar(maskId, 'int32'), tf.reshape(hardIds(clean), [-1]));
    const ids = tf.reshape(flat, clean.ids.shape);
    return { input: { ids }, ids, sigma, positions };
  };

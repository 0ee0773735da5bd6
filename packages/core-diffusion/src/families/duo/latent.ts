import * as tf from '@tensorflow/tfjs-core';
import { batchRowOf } from '../../flat-positions';
import type { MarkedBatch } from '../../noise/batch';
import { type CleanTokens, simplexRows } from '../../noise/clean-tokens';
import type { NoiseFeeds, NoisyTokens } from '../../noise/noise';
import { checkShape } from '../../tensors/check-shape';
import { detach } from '../../tensors/detach';
import { type FloatFeed, type Uploaded, floatFeed } from '../../tensors/feeds';

/** The Gaussian latent's level of each batch row, [B] each. */
export interface LatentLevels {
  /** α̃. */
  readonly signal: ArrayLike<number>;
  /** σ̃. */
  readonly noise: ArrayLike<number>;
  /** 1/τ. */
  readonly inverseTemperature: number;
}

/** The Gaussian latents of a batch, w = signal · one(x_0) + spread · ε. */
export interface LatentDraws {
  /** α̃/τ of each token, [B·L, 1]; 1/τ at a prompt. */
  readonly signal: FloatFeed;
  /** σ̃/τ of each token, [B·L, 1]; 0 at a prompt. */
  readonly spread: FloatFeed;
  /** ε, [B·L, V]. */
  readonly normals: FloatFeed;
}

/**
 * The Gaussian latents of one batch, from standard normal draws; also used to replay stored draws. Where a token is a prompt,
 * its latent is one(x_0)/τ.
 * @param normals [B·L·V]
 */
export function latentDraws(
  { length, valid }: Pick<MarkedBatch, 'length' | 'valid'>,
  levels: LatentLevels,
  normals: ArrayLike<number>,
): LatentDraws {
  const total = valid.length;
  const perToken = (prompt: number, free: (batchRow: number) => number) =>
    floatFeed(
      Float32Array.from(valid, (one, i) => (one === 1 ? free(batchRowOf(i, length)) : prompt)),
      [total, 1],
    );
  const { inverseTemperature: scale } = levels;
  return {
    signal: perToken(scale, (b) => levels.signal[b]! * scale),
    spread: perToken(0, (b) => levels.noise[b]! * scale),
    normals: floatFeed(normals, [total, normals.length / total]),
  };
}

/** w = (α̃ x + σ̃ ε)/τ as a soft input with its argmax as hard tokens; gradients reach a student's rows through w. */
export function latentTokens(
  clean: CleanTokens,
  { signal, spread, normals, sigma, positions }: Uploaded<NoiseFeeds & LatentDraws>,
  vocabSize: number,
): NoisyTokens {
  const [batch, length] = clean.ids.shape as [number, number];
  checkShape('The noise of this batch', normals, 'B·L V', { 'B·L': batch * length, V: vocabSize });
  const rows = simplexRows(clean, tf.range(0, batch * length, 1, 'int32'), vocabSize);
  const latent = tf.add(tf.mul(rows, signal), tf.mul(normals, spread));
  return {
    input: { latent: tf.reshape(latent, [batch, length, vocabSize]) },
    ids: tf.reshape(
      detach(() => tf.argMax(latent, 1)),
      [batch, length],
    ),
    sigma,
    positions,
  };
}

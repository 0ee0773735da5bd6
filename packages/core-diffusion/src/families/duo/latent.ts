import * as tf from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../../processes/process';
import { checkShape } from '../../tensors/check-shape';
import { detach } from '../../tensors/detach';
import { floatFeed } from '../../tensors/feeds';
import { simplexRows } from '../../noise/clean-tokens';
import type { CleanTokens, Fed, Feeds, NoisyTokens } from '../family';

/** The Gaussian latent's level of each row, [B] each. */
export interface LatentLevels {
  /** α̃. */
  readonly signal: ArrayLike<number>;
  /** σ̃. */
  readonly noise: ArrayLike<number>;
  /** 1/τ. */
  readonly inverseTemperature: number;
}

/**
 * The feeds of the Gaussian latents of one batch, from standard normal draws; also used to replay stored draws.
 * @param normals [B·L·V]
 * @param valid 0 where the token is a prompt: its latent is one(x_0)/τ
 */
export function latentFeeds(
  { batch, length }: Omit<TokenBatch, 'ids'>,
  levels: LatentLevels,
  normals: ArrayLike<number>,
  valid?: Uint8Array,
): Feeds {
  const vocabSize = normals.length / (batch * length);
  const perToken = (prompt: number, free: (row: number) => number) =>
    floatFeed(
      Float32Array.from({ length: batch * length }, (_, i) =>
        valid && valid[i] !== 1 ? prompt : free(Math.floor(i / length)),
      ),
      [batch * length, 1],
    );
  const { inverseTemperature: scale } = levels;
  return {
    signal: perToken(scale, (row) => levels.signal[row]! * scale),
    spread: perToken(0, (row) => levels.noise[row]! * scale),
    normals: floatFeed(normals, [batch * length, vocabSize]),
  };
}

/** w = (α̃ x + σ̃ ε)/τ as a soft input with its argmax as hard tokens; gradients reach a student's rows through w. */
export function latentTokens(clean: CleanTokens, noise: Fed, vocabSize: number): NoisyTokens {
  const [batch, length] = clean.ids.shape as [number, number];
  checkShape('The noise of this batch', noise['normals']!, 'B·L V', { 'B·L': batch * length, V: vocabSize });
  const rows = simplexRows(clean, tf.range(0, batch * length, 1, 'int32'), vocabSize);
  const latent = tf.add(tf.mul(rows, noise['signal']!), tf.mul(noise['normals']!, noise['spread']!));
  return {
    input: { latent: tf.reshape(latent, [batch, length, vocabSize]) },
    ids: tf.reshape(
      detach(() => tf.argMax(latent, 1)),
      [batch, length],
    ),
    sigma: noise['sigma']!,
    positions: noise['positions']!,
  };
}

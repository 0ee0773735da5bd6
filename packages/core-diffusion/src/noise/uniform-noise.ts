import * as tf from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../processes/process';
import type { RandomStream } from '../random/stream';
import { checkShape } from '../tensors/check-shape';
import { floatFeed, intFeed } from '../tensors/feeds';
import { hardIds } from './clean-tokens';
import type { CleanTokens, Fed, Feeds, NoiseOptions, NoisyTokens } from '../families/family';
import { padPositions, rowsOf } from './positions';

/** The signal of each row of a batch, [B] each. */
export interface RowSignals {
  readonly alpha: ArrayLike<number>;
  /** α′(t). */
  readonly dAlpha: ArrayLike<number>;
}

/** The feeds that every uniform family has: where the loss is, and how noisy each row is. */
export function signalFeeds(
  { batch, length }: Omit<TokenBatch, 'ids'>,
  { alpha, dAlpha }: RowSignals,
  vocabSize: number,
  { valid, bucket }: NoiseOptions = {},
): Feeds {
  const positions: number[] = [];
  for (let i = 0; i < batch * length; i++) if (!valid || valid[i] === 1) positions.push(i);
  const padded =
    positions.length === batch * length
      ? Int32Array.from(positions)
      : padPositions(Int32Array.from(positions), batch * length, bucket);
  const at = (n: number, value: (row: number) => number, padding: number) =>
    n < positions.length ? value(Math.floor(padded[n]! / length)) : padding;
  return {
    positions: intFeed(padded),
    rows: intFeed(rowsOf(positions, batch * length)),
    sigma: floatFeed(Array.from(alpha, (value) => -Math.log(value))),
    // A harmless level at padding, where the coefficient is 0.
    alpha: floatFeed(Array.from(padded, (_, n) => at(n, (row) => alpha[row]!, 0.5))),
    coefficient: floatFeed(Array.from(padded, (_, n) => at(n, (row) => dAlpha[row]! / (vocabSize * alpha[row]!), 0))),
  };
}

/** Draws which tokens move, and where to: the noise of the uniform process. */
export function drawMoves(
  { batch, length }: Omit<TokenBatch, 'ids'>,
  alpha: ArrayLike<number>,
  vocabSize: number,
  random: RandomStream,
  valid?: Uint8Array,
): Feeds {
  const moved = new Int32Array(batch * length);
  const replacement = new Int32Array(batch * length);
  for (let i = 0; i < batch * length; i++) {
    const chance = random.uniform();
    replacement[i] = Math.floor(random.uniform() * vocabSize);
    moved[i] = Number(chance < 1 - alpha[Math.floor(i / length)]! && (valid ? valid[i] === 1 : true));
  }
  return { moved: intFeed(moved), replacement: intFeed(replacement) };
}

/** q(x_t | x_0) from the draws of `drawMoves`. */
export function moveTokens(clean: CleanTokens, noise: Fed): NoisyTokens {
  checkShape('The noise of this batch', noise['moved']!, 'B·L', { 'B·L': clean.ids.size });
  const flat = tf.where(tf.cast(noise['moved']!, 'bool'), noise['replacement']!, hardIds(clean));
  const ids = tf.reshape(flat, clean.ids.shape);
  return { input: { ids }, ids, sigma: noise['sigma']!, positions: noise['positions']! };
}

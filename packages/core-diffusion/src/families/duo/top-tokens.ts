import * as tf from '@tensorflow/tfjs-core';
import { InputError } from '../../errors';
import { batchRowOf } from '../../flat-positions';
import { distinctIntegers, topOfLatent } from '../../gaussian/top-latent';
import type { MarkedBatch } from '../../noise/batch';
import type { CleanTokens, LazyCleanTokens } from '../../noise/clean-tokens';
import type { NoiseFeeds, NoisyTokens } from '../../noise/noise';
import type { RandomStream } from '../../random/stream';
import { type FloatFeed, type IntFeed, type Uploaded, floatFeed, intFeed } from '../../tensors/feeds';
import type { LatentLevels } from './latent';

/** What the largest entries of a batch's latents are drawn from. */
export interface TopTokenOptions {
  readonly clean: MarkedBatch;
  readonly levels: LatentLevels;
  readonly vocabSize: number;
  /** k. */
  readonly top: number;
}

/** The largest entries of a batch's latents. */
export interface TopTokenDraws {
  /** Their tokens, int32 [B·L, k]. */
  readonly topIds: IntFeed;
  /** Their weights, [B·L, k]. */
  readonly topWeights: FloatFeed;
  /** The hard noisy tokens, int32 [B·L]. */
  readonly noisyIds: IntFeed;
}

/** Draws the largest entries of a batch's latents; prompts stay as they are. */
export function drawTopTokens({ clean, levels, vocabSize, top }: TopTokenOptions, random: RandomStream): TopTokenDraws {
  const count = clean.ids.length;
  const [ids, weights, hard] = [new Int32Array(count * top), new Float32Array(count * top), clean.ids.slice()];
  for (let i = 0; i < count; i++) {
    const [token, b] = [clean.ids[i]!, batchRowOf(i, clean.length)];
    if (clean.valid[i] !== 1) {
      ids.fill(token, i * top, (i + 1) * top);
      weights[i * top] = 1;
      continue;
    }
    const { signal, noise, inverseTemperature } = levels;
    const latent = { vocabSize, top, signal: signal[b]!, noise: noise[b]!, inverseTemperature };
    const found = topOfLatent(
      latent,
      {
        // 1 − u lies in (0, 1], where the logarithm is finite.
        uniforms: random.uniforms(top).map((u) => 1 - u),
        normal: random.normals(1)[0]!,
        others: distinctIntegers(top, vocabSize - 1, random),
      },
      token,
    );
    ids.set(found.ids, i * top);
    weights.set(found.weights, i * top);
    hard[i] = found.token;
  }
  return { topIds: intFeed(ids, [count, top]), topWeights: floatFeed(weights, [count, top]), noisyIds: intFeed(hard) };
}

/** The drawn entries as the network's input. @throws InputError for a student's soft tokens, which need whole latents */
export function topTokens(
  clean: CleanTokens | LazyCleanTokens,
  { topIds, topWeights, noisyIds, sigma, positions }: Uploaded<NoiseFeeds & TopTokenDraws>,
): NoisyTokens {
  if (clean.soft)
    throw new InputError(
      'The top-k form of Duo draws around known tokens; distillation needs whole latents: leave "top" out of the family.',
    );
  const [batch, length] = clean.ids.shape as [number, number];
  const top = topIds.shape[1]!;
  return {
    input: {
      topIds: tf.reshape(topIds, [batch, length, top]),
      topWeights: tf.reshape(topWeights, [batch, length, top]),
    },
    ids: tf.reshape(noisyIds, [batch, length]),
    sigma,
    positions,
  };
}

import * as tf from '@tensorflow/tfjs-core';
import { InputError } from '../../errors';
import { topOfLatent } from '../../gaussian/top-latent';
import type { TokenBatch } from '../../processes/process';
import type { RandomStream } from '../../random/stream';
import { floatFeed, intFeed } from '../../tensors/feeds';
import type { LatentLevels } from './latent';
import type { CleanTokens, Fed, Feeds, NoisyTokens } from '../family';

/** What the largest entries of a batch's latents are drawn from. */
export interface TopTokenOptions {
  readonly clean: TokenBatch;
  readonly levels: LatentLevels;
  readonly vocabSize: number;
  /** k. */
  readonly top: number;
  /** 0 where the token is a prompt, which stays as it is. */
  readonly valid?: Uint8Array;
}

/** The feeds of the top-k form: `topIds` and `topWeights` [B·L, k], and the hard tokens. */
export function drawTopTokens({ clean, levels, vocabSize, top, valid }: TopTokenOptions, random: RandomStream): Feeds {
  const count = clean.ids.length;
  const [ids, weights, hard] = [new Int32Array(count * top), new Float32Array(count * top), clean.ids.slice()];
  for (let i = 0; i < count; i++) {
    const [token, row] = [clean.ids[i]!, Math.floor(i / clean.length)];
    if (valid && valid[i] !== 1) {
      ids.fill(token, i * top, (i + 1) * top);
      weights[i * top] = 1;
      continue;
    }
    const { signal, noise, inverseTemperature } = levels;
    const latent = { vocabSize, top, signal: signal[row]!, noise: noise[row]!, inverseTemperature };
    const found = topOfLatent(
      latent,
      {
        // 1 − u lies in (0, 1], where the logarithm is finite.
        uniforms: random.uniforms(top).map((u) => 1 - u),
        normal: random.normals(1)[0]!,
        integers: Int32Array.from({ length: top }, (_, j) => Math.floor(random.uniform() * (vocabSize - top + j))),
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
export function topTokens(clean: CleanTokens, noise: Fed): NoisyTokens {
  if (clean.soft)
    throw new InputError(
      'The top-k form of Duo draws around known tokens; distillation needs whole latents: leave "top" out of the family.',
    );
  const [batch, length] = clean.ids.shape as [number, number];
  const top = noise['topIds']!.shape[1]!;
  return {
    input: {
      topIds: tf.reshape(noise['topIds']!, [batch, length, top]),
      topWeights: tf.reshape(noise['topWeights']!, [batch, length, top]),
    },
    ids: tf.reshape(noise['noisyIds']!, [batch, length]),
    sigma: noise['sigma']!,
    positions: noise['positions']!,
  };
}

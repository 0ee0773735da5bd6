import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { batchRowOf } from '../../flat-positions';
import type { MarkedBatch } from '../../noise/batch';
import { FEW_LOGITS, slotsPerPart } from '../../logits-at-once';
import { type CleanTokens, type LazyCleanTokens, existingSlots, hasSlot, simplexAt } from '../../noise/clean-tokens';
import type { NoiseFeeds, NoisyTokens } from '../../noise/noise';
import { type SlotSource, allSlots, slotsAt } from '../../tensors/slot-source';
import { checkShape } from '../../tensors/check-shape';
import { detach } from '../../tensors/detach';
import { type FloatFeed, type Uploaded, floatFeed } from '../../tensors/feeds';
import type { Part } from '../../tensors/in-parts';
import { oneHotRows } from '../../tensors/rows';

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

/** What clean tokens and normals are multiplied by; where a token is a prompt, its latent is one(x_0)/τ. */
export function latentScales(
  { length, valid }: Pick<MarkedBatch, 'length' | 'valid'>,
  levels: LatentLevels,
): Omit<LatentDraws, 'normals'> {
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
  };
}

/**
 * The Gaussian latents of one batch from stored normal draws.
 * @param normals [B·L·V]
 */
export function latentDraws(
  batch: Pick<MarkedBatch, 'length' | 'valid'>,
  levels: LatentLevels,
  normals: ArrayLike<number>,
): LatentDraws {
  const total = batch.valid.length;
  return { ...latentScales(batch, levels), normals: floatFeed(normals, [total, normals.length / total]) };
}

type LatentNoise = Uploaded<NoiseFeeds & LatentDraws>;

/** α̃/τ x + σ̃/τ ε of some tokens, [n, V]. */
const latentOf = (rows: Tensor, { signal, spread, normals }: Omit<LatentNoise, keyof NoiseFeeds>): Tensor =>
  tf.add(tf.mul(rows, signal), tf.mul(normals, spread));

/** w = (α̃ x + σ̃ ε)/τ as a soft input with its argmax as hard tokens; gradients reach a student's rows through w. */
export function latentTokens(clean: CleanTokens, noise: LatentNoise, vocabSize: number): NoisyTokens {
  const [batch, length] = clean.ids.shape as [number, number];
  const { normals, sigma, positions } = noise;
  checkShape('The noise of this batch', normals, 'B·L V', { 'B·L': batch * length, V: vocabSize });
  if (!clean.soft && normals.size > FEW_LOGITS) return latentTokensLazily(clean, noise, vocabSize);
  const latent = latentOf(simplexAt(clean, tf.range(0, batch * length, 1, 'int32'), vocabSize), noise);
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

/** The rows of the simplex of all tokens, [B·L, V], where tokens are hard, or a student's are computed when they are asked for. */
function cleanSource(
  { ids, soft }: LazyCleanTokens | (Pick<CleanTokens, 'ids'> & { soft?: undefined }),
  vocabSize: number,
): SlotSource {
  const hard = tf.reshape(ids, [-1]);
  if (!soft)
    return {
      ...{ perSlot: [], shared: [], constantPerSlot: [hard], constants: [] },
      at: ({ constantPerSlot: [own] }) => oneHotRows(own!, vocabSize),
    };
  const source = slotsAt(soft.source, existingSlots(soft.slots));
  return {
    ...source,
    constantPerSlot: [...source.constantPerSlot, hard, soft.slots],
    at({ constantPerSlot, ...part }) {
      const [own, slots] = constantPerSlot.slice(source.constantPerSlot.length) as [Tensor, Tensor];
      const rows = source.at({ ...part, constantPerSlot: constantPerSlot.slice(0, source.constantPerSlot.length) });
      return tf.where(tf.expandDims(hasSlot(slots), 1), rows, oneHotRows(own, vocabSize));
    },
  };
}

/** `latentTokens`, whose latents are computed when they are asked for: never all of [B·L, V] but the draws. */
export function latentTokensLazily(
  clean: LazyCleanTokens | CleanTokens,
  { signal, spread, normals, sigma, positions }: LatentNoise,
  vocabSize: number,
): NoisyTokens {
  const shape = clean.ids.shape as [number, number];
  const source = cleanSource(clean as LazyCleanTokens, vocabSize);
  const latents: SlotSource = {
    ...source,
    constantPerSlot: [...source.constantPerSlot, signal, spread, normals],
    at({ constantPerSlot, ...part }) {
      const [own, deviation, draws] = constantPerSlot.slice(-3) as [Tensor, Tensor, Tensor];
      const rows = source.at({ ...part, constantPerSlot: constantPerSlot.slice(0, -3) });
      return latentOf(rows, { signal: own, spread: deviation, normals: draws });
    },
  };
  const hardest = (part: Part) => tf.argMax(latents.at(part), 1);
  const ids = detach(() => allSlots({ ...latents, at: hardest }, slotsPerPart(vocabSize)));
  return { input: { latentSource: latents, shape }, ids: tf.reshape(ids, shape), sigma, positions };
}

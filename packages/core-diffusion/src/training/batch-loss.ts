import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Parameters } from '../denoiser';
import type { Family } from '../families/family';
import { type Reduction, reductionFactors } from '../losses/reduction';
import { type MarkedBatch, markBatch } from '../noise/batch';
import type { CleanTokens, LazyCleanTokens } from '../noise/clean-tokens';
import type { NoiseFeeds } from '../noise/noise';
import { slotCount } from '../noise/positions';
import type { TokenBatch } from '../processes/process';
import type { RandomStream } from '../random/stream';
import { type FloatFeed, type IntFeed, type Uploaded, floatFeed, intFeed } from '../tensors/feeds';
import { type BatchPart, type TimeOptions, drawTimes } from '../times';
import { noiseOf } from './family-results';
import type { DiffusionModel } from './model';
import { type NetworkLossOptions, networkLosses } from './network-loss';

/** Clean tokens on the host, and what of training they are part of. */
export interface LossBatch extends TokenBatch {
  /** 1 where a token may be noised, 0 where it is given, such as at a prompt, [B·L]; all ones by default. */
  readonly valid?: Uint8Array;
  /** 0 where a token is noised like any other and counts in no loss, such as at padding, [B·L]; all ones by default. */
  readonly counted?: Uint8Array;
  /** Which part of a larger batch this is, when gradients are accumulated over several. */
  readonly part?: BatchPart;
  /** Number of the training update, for what follows a curriculum; absent in evaluation. */
  readonly update?: number;
}

/** How a batch's loss is drawn. */
export interface LossOptions {
  /** How times are drawn; the batch says which part it is. */
  readonly times?: Omit<TimeOptions, 'part'>;
  /** How per-position losses become one number (default `'token-mean'`). */
  readonly reduction?: Reduction;
}

/** One corruption of a batch, and what each slot counts. */
export interface LossDraws<Noise extends NoiseFeeds = NoiseFeeds> {
  readonly noise: Noise;
  /** Σ_n factor_n · loss_n is the loss of the batch, [N]; 0 at what does not count. */
  readonly factors: FloatFeed;
}

/** All that the loss of a batch reads. */
export interface LossFeeds<Noise extends NoiseFeeds = NoiseFeeds> extends LossDraws<Noise> {
  /** The clean tokens, int32 [B, L]. */
  readonly ids: IntFeed;
}

/** The clean tokens of a batch as a feed, int32 [B, L]. */
export const idsFeed = ({ ids, batch, length }: TokenBatch): IntFeed => intFeed(ids, [batch, length]);

/** The factors of a corruption's slots under a reduction, [N]; 0 at what does not count, and at slots that are padding. */
export function slotFactors(noise: NoiseFeeds, batch: MarkedBatch, reduction: Reduction): FloatFeed {
  return floatFeed(reductionFactors(noise.positions.values, batch, reduction).fill(0, slotCount(noise)));
}

/**
 * Host: one corruption of a batch at fresh times.
 * @returns the times too, [B]
 */
export function drawNoise<Noise extends NoiseFeeds>(
  family: Family<Noise>,
  batch: LossBatch,
  random: RandomStream,
  { times, reduction = 'token-mean' }: LossOptions = {},
): { readonly times: Float64Array; readonly draws: LossDraws<Noise> } {
  const marked = markBatch(batch);
  const drawn = drawTimes(batch.batch, random.split('times'), { ...times, part: batch.part });
  const noise = noiseOf(family, marked, drawn, random.split('noise'), { update: batch.update });
  return { times: drawn, draws: { noise, factors: slotFactors(noise, marked, reduction) } };
}

/**
 * Host: draws the loss of a batch: times, noise, and what each position counts.
 * @throws InputError for sizes of the batch that do not fit, or times out of range
 */
export const drawLoss = <Noise extends NoiseFeeds>(
  family: Family<Noise>,
  batch: LossBatch,
  random: RandomStream,
  options?: LossOptions,
): LossFeeds<Noise> => ({ ids: idsFeed(batch), ...drawNoise(family, batch, random, options).draws });

/**
 * Device: the diffusion losses of some networks on the same given clean tokens, a scalar each. What they have in common is computed once.
 * @param networks the parameters of each
 * @param clean hard tokens, or a student's rows of the simplex
 */
export const diffusionLosses = <Noise extends NoiseFeeds>(
  model: DiffusionModel<Noise>,
  networks: readonly Parameters[],
  clean: CleanTokens | LazyCleanTokens,
  { noise, factors }: Uploaded<LossDraws<Noise>>,
  options?: NetworkLossOptions,
): Tensor[] => networkLosses(model, networks, clean, noise, options).map((perSlot) => tf.sum(tf.mul(perSlot, factors)));

/** Device: `diffusionLosses` of one network. */
export const diffusionLoss = <Noise extends NoiseFeeds>(
  model: DiffusionModel<Noise>,
  parameters: Parameters,
  clean: CleanTokens | LazyCleanTokens,
  draws: Uploaded<LossDraws<Noise>>,
  options?: NetworkLossOptions,
): Tensor => diffusionLosses(model, [parameters], clean, draws, options)[0]!;

/** Device: a network's loss on the batch of `drawLoss`, a scalar. */
export const batchLoss = <Noise extends NoiseFeeds>(
  model: DiffusionModel<Noise>,
  parameters: Parameters,
  { ids, ...draws }: Uploaded<LossFeeds<Noise>>,
): Tensor => diffusionLoss(model, parameters, { ids }, draws);

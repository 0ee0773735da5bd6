import {
  type FloatFeed,
  type MarkedBatch,
  type NoiseFeeds,
  type Parameters,
  type Uploaded,
  batchRowOf,
  floatFeed,
  predictAt,
  slotCount,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ObjectiveContext } from '../../objective';

/** How far the targets are from 0 and 1 (DiDi-Instruct's repository). */
const SMOOTHING = 0.1;

/** A corruption at which texts are judged. */
export interface JudgedNoise {
  readonly noise: NoiseFeeds;
  /** Takes values of slots to the mean over each batch row's, without padding: [B, N]. */
  readonly means: FloatFeed;
}

/** Host: a corruption with what a discriminator needs besides, the mean over each batch row's noisy positions. */
export function judgedNoise(noise: NoiseFeeds, { batch, length }: MarkedBatch): JudgedNoise {
  const { values } = noise.positions;
  const counts = new Float64Array(batch);
  const real = values.subarray(0, slotCount(noise));
  real.forEach((position) => counts[batchRowOf(position, length)]!++);
  const matrix = new Float32Array(batch * values.length);
  real.forEach((position, n) => {
    const b = batchRowOf(position, length);
    matrix[b * values.length + n] = 1 / counts[b]!;
  });
  return { noise, means: floatFeed(matrix, [batch, values.length]) };
}

/**
 * The logit by which a network of the denoiser's shape holds noised texts for real, [B]: the mean over a batch row's noisy
 * positions of one column of its output, which every network has: the mask's, which no denoiser uses, or token 0's where there
 * is no mask.
 * @param ids clean, [B, L]
 */
export function judge(
  context: ObjectiveContext,
  network: Parameters,
  ids: Tensor,
  { noise, means }: Uploaded<JudgedNoise>,
): Tensor {
  const { family } = context;
  const logits = predictAt(context, network, family.corrupt({ ids }, noise));
  const column = tf.slice(logits, [0, family.process.maskId ?? 0], [-1, 1]);
  return tf.reshape(tf.matMul(means, column), [-1]);
}

/** Cross-entropy of logits with one target, [B]. */
const crossEntropy = (logits: Tensor, target: number): Tensor => tf.sub(tf.softplus(logits), tf.mul(logits, target));

/** The discriminator's loss on logits of real texts and of made ones, a scalar. */
export const discriminatorLoss = (real: Tensor, made: Tensor): Tensor =>
  tf.div(tf.mean(tf.add(crossEntropy(real, 1 - SMOOTHING), crossEntropy(made, SMOOTHING))), 2);

import { type Fed, type Feeds, type Parameters, type TokenBatch, floatFeed, predictAt } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ObjectiveContext } from '../../objective';
import { countOf } from '../shared/draws';

/** How far the targets are from 0 and 1 (DiDi-Instruct's repository). */
const SMOOTHING = 0.1;

/** Rows by positions: the mean over a row's positions without padding, [B, N]. */
function rowMeans(noise: Feeds, { batch, length }: TokenBatch): Feeds {
  const { values } = noise['positions']!;
  const counts = new Float64Array(batch);
  const real = values.subarray(0, countOf(noise));
  const row = (position: number) => Math.floor(position / length);
  real.forEach((position) => counts[row(position)]!++);
  const matrix = new Float32Array(batch * values.length);
  real.forEach((position, n) => (matrix[row(position) * values.length + n] = 1 / counts[row(position)]!));
  return { means: floatFeed(matrix, [batch, values.length]) };
}

/** Host: a corruption with what a discriminator needs besides, the mean over each row's noisy positions. */
export const judgedNoise = (noise: Feeds, batch: TokenBatch): Feeds => ({ ...noise, ...rowMeans(noise, batch) });

/**
 * The logit by which a network of the denoiser's shape holds noised texts for real, [B]: the mean over a row's noisy positions
 * of one column of its output, the mask's, which no denoiser uses, or token 0's where there is no mask.
 * @param ids clean, [B, L]
 * @param noise the feeds of `judgedNoise`
 */
export function judge(context: ObjectiveContext, network: Parameters, ids: Tensor, noise: Fed): Tensor {
  const { process, corrupt } = context.family;
  const logits = predictAt(context, network, corrupt({ ids }, noise));
  const column = tf.slice(logits, [0, process.maskId ?? 0], [-1, 1]);
  return tf.reshape(tf.matMul(noise['means']!, column), [-1]);
}

/** Cross-entropy of logits with one target, [B]. */
const crossEntropy = (logits: Tensor, target: number): Tensor => tf.sub(tf.softplus(logits), tf.mul(logits, target));

/** The discriminator's loss on logits of real texts and of made ones, a scalar. */
export const discriminatorLoss = (real: Tensor, made: Tensor): Tensor =>
  tf.div(tf.mean(tf.add(crossEntropy(real, 1 - SMOOTHING), crossEntropy(made, SMOOTHING))), 2);

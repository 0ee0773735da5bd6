import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** AdamW's constants. */
export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled weight decay (default 0, as the references). */
  readonly weightDecay?: number;
}

/** One parameter with its moments. */
export interface Moments {
  readonly weight: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/** Numbers of one update that change from step to step, as tensors: a traced step must not freeze them. */
export interface AdamWScalars {
  readonly rate: Tensor;
  /** 1 − β₁^n and 1 − β₂^n of update n = 1, 2, … */
  readonly firstCorrection: Tensor;
  readonly secondCorrection: Tensor;
}

/**
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − rate (m̂ / (√v̂ + ε) + λ w). Pure, on the device.
 * Source: Loshchilov & Hutter (arXiv 1711.05101), algorithm 2, in PyTorch's form.
 */
export function adamW(
  gradient: Tensor,
  { weight, first, second }: Moments,
  { rate, firstCorrection, secondCorrection }: AdamWScalars,
  options: AdamWOptions = {},
): Moments {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const m = tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const step = tf.div(tf.div(m, firstCorrection), tf.add(tf.sqrt(tf.div(v, secondCorrection)), epsilon));
  const decayed = weightDecay ? tf.add(step, tf.mul(weight, weightDecay)) : step;
  return { weight: tf.sub(weight, tf.mul(decayed, rate)), first: m, second: v };
}

/** √Σ g² over all gradients, a scalar. */
export const globalNorm = (gradients: readonly Tensor[]): Tensor =>
  tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));

/** The factor min(1, limit/norm) that holds a gradient's norm below a limit, as PyTorch computes it. */
export const clipFactor = (norm: Tensor, limit: Tensor): Tensor => tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);

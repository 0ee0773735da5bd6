import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** AdamW's constants. */
export interface AdamWOptions {
  /** β₁ (default 0.9). */
  readonly beta1?: number;
  /** β₂ (default 0.999). */
  readonly beta2?: number;
  /** ε (default 1e-8). */
  readonly epsilon?: number;
  /** Decoupled weight decay λ (default 0, as the references). */
  readonly weightDecay?: number;
}

/** One parameter with its moments. */
export interface Moments {
  readonly weight: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/**
 * Numbers of one update. Those that change from step to step must be tensors in a traced step, or it would freeze them; the
 * constants are tensors too, so that one kernel serves them all.
 */
export interface AdamWNumbers<Value> {
  readonly beta1: Value;
  /** 1 − β₁, rounded once. */
  readonly share1: Value;
  readonly beta2: Value;
  /** 1 − β₂, rounded once. */
  readonly share2: Value;
  readonly epsilon: Value;
  /** rate / (1 − β₁ⁿ). */
  readonly stepSize: Value;
  /** 1 / √(1 − β₂ⁿ). */
  readonly rootCorrection: Value;
  /** 1 − rate · λ. */
  readonly keep: Value;
}

/** The numbers of update n = 1, 2, … at a learning rate. */
export function adamWNumbers(
  rate: number,
  n: number,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamWOptions = {},
): AdamWNumbers<number> {
  return {
    beta1,
    share1: 1 - beta1,
    beta2,
    share2: 1 - beta2,
    epsilon,
    stepSize: rate / (1 - beta1 ** n),
    rootCorrection: 1 / Math.sqrt(1 - beta2 ** n),
    keep: 1 - rate * weightDecay,
  };
}

/**
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← (1 − rate λ) w − rate m̂ / (√v̂ + ε), for one parameter. Pure, on the
 * device.
 * @param scale what the gradient is multiplied with first (clipping), a scalar; folded into β's, so that it costs no pass
 * Source: Loshchilov & Hutter (arXiv 1711.05101), algorithm 2, with PyTorch's order of operations.
 */
export function adamW(
  gradient: Tensor,
  { weight, first, second }: Moments,
  { beta1, share1, beta2, share2, epsilon, stepSize, rootCorrection, keep }: AdamWNumbers<Tensor>,
  scale: Tensor,
): Moments {
  const m = tf.add(tf.mul(first, beta1), tf.mul(gradient, tf.mul(scale, share1)));
  const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), tf.mul(tf.square(scale), share2)));
  const step = tf.div(tf.mul(m, stepSize), tf.add(tf.mul(tf.sqrt(v), rootCorrection), epsilon));
  return { weight: tf.sub(tf.mul(weight, keep), step), first: m, second: v };
}

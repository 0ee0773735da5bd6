import * as tf from '@tensorflow/tfjs-core';
import { type MoveWeight, type Optimizer, updateEach } from './optimizer';
import { requireDecay, requireWeightDecay } from './options';
import { zerosFor } from './zeros';

/** Lion's constants. */
export interface LionOptions {
  /** β₁, in [0, 1): how much of the momentum is in the direction of a step (default 0.9). */
  readonly beta1?: number;
  /** β₂, in [0, 1): decay of the momentum (default 0.99). */
  readonly beta2?: number;
  /** Decoupled weight decay λ ≥ 0 (default 0); since rates are smaller than AdamW's, λ is to be as much larger. */
  readonly weightDecay?: number;
}

/** One weight's move; with c = `scale` a gradient is c g, and the sign of 0 is 0, so that what has never had a gradient stays. */
const moveWeight: MoveWeight = (gradient, { weight, state }, scalars) => {
  const { scale, beta1, share1, beta2, share2, rate, keep } = scalars;
  const before = state['momentum']!;
  const direction = tf.sign(tf.add(tf.mul(before, beta1!), tf.mul(gradient, tf.mul(scale, share1!))));
  const momentum = tf.add(tf.mul(before, beta2!), tf.mul(gradient, tf.mul(scale, share2!)));
  return { weight: tf.sub(tf.mul(weight, keep!), tf.mul(direction, rate!)), state: { momentum } };
};

/**
 * w ← (1 − rate λ) w − rate · sign(β₁ m + (1 − β₁) g), then m ← β₂ m + (1 − β₂) g. It keeps one number a weight, `momentum`, where AdamW
 * keeps two, and takes a rate 3 to 10 times smaller.
 * @throws InputError for betas outside of [0, 1) and a weight decay below 0
 * Source: Chen et al. (arXiv 2302.06675), program 1.
 */
export function lion({ beta1 = 0.9, beta2 = 0.99, weightDecay = 0 }: LionOptions = {}): Optimizer {
  requireDecay('beta1', beta1);
  requireDecay('beta2', beta2);
  requireWeightDecay(weightDecay);
  return {
    spec: { name: 'lion', options: { beta1, beta2, weightDecay } },
    init: (parameters) => ({ momentum: zerosFor(parameters) }),
    numbers: (rate) => ({
      ...{ beta1, share1: 1 - beta1, beta2, share2: 1 - beta2, rate },
      keep: 1 - rate * weightDecay,
    }),
    update: updateEach(moveWeight),
    moveWeight,
  };
}

import { InputError } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { type MoveWeight, type Optimizer, updateEach } from './optimizer';
import { requireDecay, requireWeightDecay } from './options';
import { zerosFor } from './zeros';

/** AdamW's constants. */
export interface AdamWOptions {
  /** β₁, in [0, 1): decay of the mean of gradients, over some 1/(1 − β₁) updates (default 0.9). */
  readonly beta1?: number;
  /** β₂, in [0, 1): decay of the mean of their squares (default 0.999). */
  readonly beta2?: number;
  /** ε > 0, added to √v̂ and so in the unit of a gradient: below it a gradient moves less than the rate (default 1e-8). */
  readonly epsilon?: number;
  /** Decoupled weight decay λ ≥ 0: a weight without a gradient shrinks by the share rate · λ (default 0, as the references). */
  readonly weightDecay?: number;
}

/**
 * One weight's move. With c = `scale`: m ← β₁ m + c (1 − β₁) g, v ← β₂ v + c² (1 − β₂) g², and the step is
 * m · stepSize / (√v · rootCorrection + ε), whose two scalars hold the corrections of the bias of m and v towards their zeros.
 * The scale is folded into 1 − β, so that clipping costs no pass over the gradient.
 */
const moveWeight: MoveWeight = (gradient, { weight, state }, scalars) => {
  const { scale, beta1, share1, beta2, share2, epsilon, stepSize, rootCorrection, keep } = scalars;
  const first = tf.add(tf.mul(state['first']!, beta1!), tf.mul(gradient, tf.mul(scale, share1!)));
  const square = tf.mul(tf.square(gradient), tf.mul(tf.square(scale), share2!));
  const second = tf.add(tf.mul(state['second']!, beta2!), square);
  const step = tf.div(tf.mul(first, stepSize!), tf.add(tf.mul(tf.sqrt(second), rootCorrection!), epsilon!));
  return { weight: tf.sub(tf.mul(weight, keep!), step), state: { first, second } };
};

/**
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← (1 − rate λ) w − rate m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ⁿ) and
 * v̂ = v / (1 − β₂ⁿ). The moments are `first` and `second` of the state.
 * @throws InputError for betas outside of [0, 1), an ε that is not above 0, and a weight decay below 0
 * Source: Loshchilov & Hutter (arXiv 1711.05101), algorithm 2, with PyTorch's order of operations.
 * @example
 * ```ts
 * import { openEngine } from '@idlm/engine';
 * import { adamw } from '@idlm/trainer';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await openEngine({ prefer: 'wasm' });
 * const optimizer = adamw();
 * const [weights, gradients] = [{ w: tf.tensor1d([1, 1]) }, { w: tf.tensor1d([100, -0.001]) }];
 * const numbers = { ...optimizer.numbers(0.1, 1), scale: 1 }; // of the first update, at a rate of 0.1
 * const scalars = Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)]);
 * const { parameters } = optimizer.update(gradients, weights, optimizer.init(weights), Object.fromEntries(scalars));
 * // The first step has the length of the rate, however long the gradient is.
 * console.log(...Array.from(parameters['w']!.dataSync(), (value) => value.toFixed(3))); // → 0.900 1.100
 * ```
 */
export function adamw({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamWOptions = {}): Optimizer {
  requireDecay('beta1', beta1);
  requireDecay('beta2', beta2);
  requireWeightDecay(weightDecay);
  if (!(epsilon > 0)) throw new InputError(`epsilon of an optimizer is above 0; ${epsilon} was given.`);
  return {
    spec: { name: 'adamw', options: { beta1, beta2, epsilon, weightDecay } },
    init: (parameters) => ({ first: zerosFor(parameters), second: zerosFor(parameters) }),
    numbers: (rate, n) => ({
      // 1 − β is rounded to float32 once.
      ...{ beta1, share1: 1 - beta1, beta2, share2: 1 - beta2, epsilon },
      stepSize: rate / (1 - beta1 ** n),
      rootCorrection: 1 / Math.sqrt(1 - beta2 ** n),
      keep: 1 - rate * weightDecay,
    }),
    update: updateEach(moveWeight),
    moveWeight,
  };
}

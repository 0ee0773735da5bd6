import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Runs `fn` outside the gradient tape: its result is a constant to every gradient. Unlike a gradient of zeros, this cuts
 * the graph, so that ops without gradients (comparisons, casts to int32) may stand inside.
 */
export const detach = <T extends Tensor>(fn: () => T): T =>
  tf.customGrad(() => ({ value: tf.tidy(fn), gradFunc: () => [] }))();

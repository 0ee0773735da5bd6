import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * x̄ = V α x + 1 − α, [N, V]: V times the law of the noisy token of the uniform process whose clean one has the law x.
 * @param x rows of the simplex, [N, V]
 * @param alpha [N]
 */
export function uniformMixture(x: Tensor, alpha: Tensor): Tensor {
  const level = tf.expandDims(alpha, 1);
  return tf.add(tf.mul(x, tf.mul(level, x.shape[1]!)), tf.sub(1, level));
}

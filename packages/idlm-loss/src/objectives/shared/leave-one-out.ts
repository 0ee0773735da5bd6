import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * reward_k − mean of the others' rewards, [K, B], K ≥ 2: the baseline does not see the sample that it judges.
 * Source: Kool et al. (2019), "Buy 4 REINFORCE samples, get a baseline for free!".
 */
export function leaveOneOut(rewards: Tensor): Tensor {
  const samples = rewards.shape[0];
  return tf.div(tf.sub(tf.mul(rewards, samples), tf.sum(rewards, 0, true)), samples - 1);
}

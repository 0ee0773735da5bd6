import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Σ g² of a gradient, []. */
export const squaredNorm = (gradient: Tensor): Tensor => tf.sum(tf.square(gradient));

/** The factor min(1, limit / (norm + 1e-6)) that holds the gradient's global norm below a limit, as PyTorch computes it. */
export const clipFactor = (norm: Tensor, limit: Tensor): Tensor => tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Σ g² of a gradient, []. Summed in float32: it overflows, and so counts as not finite, from norms of 1.8e19 on.
 */
export const squaredNorm = (gradient: Tensor): Tensor => tf.sum(tf.square(gradient));

/**
 * The factor min(1, limit / (norm + 1e-6)) that holds the gradient's global norm below a limit: [] from [] and [], in [0, 1].
 * The direction of the gradient stays. One that is not finite gives NaN or 0, and the host refuses its update by the norm.
 * Source: Pascanu et al. (arXiv 1211.5063), algorithm 1, with the 1e-6 of PyTorch's `clip_grad_norm_`.
 */
export const clipFactor = (norm: Tensor, limit: Tensor): Tensor => tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);

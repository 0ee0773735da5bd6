import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { detach } from './detach';
import { differentiable } from './differentiable';

/** Flat indices n·V + ids[n] of one entry per row. */
const flatIndices = (ids: Tensor, rows: number, width: number): Tensor =>
  tf.add(tf.range(0, rows * width, width, 'int32'), ids);

/**
 * One entry of each row: matrix[n, ids[n]], [N], with a scatter as its gradient and no one-hot matrix.
 * @param matrix [N, V] float32
 * @param ids [N] int32 in 0 … V − 1
 */
export function pickEntries(matrix: Tensor, ids: Tensor): Tensor {
  const [rows, width] = matrix.shape as [number, number];
  return differentiable({
    inputs: [matrix],
    forward() {
      const indices = flatIndices(ids, rows, width);
      return { value: tf.gather(tf.reshape(matrix, [-1]), indices as tf.Tensor1D), saved: [indices] };
    },
    backward: (dy, [indices]) => [
      tf.reshape(tf.unsortedSegmentSum(dy as tf.Tensor1D, indices as tf.Tensor1D, rows * width), [rows, width]),
    ],
  });
}

/**
 * Draws a category from each row by inverse CDF: the first entry whose cumulative sum exceeds uniform · total. Never an
 * entry of probability zero. No gradient.
 * @param weights [N, V] ≥ 0, unnormalised, with a positive sum per row
 * @param uniforms [N] float32 in [0, 1 − 2⁻²³]; `uniformFeed` makes them
 * @returns [N] int32
 */
export function categoricalRows(weights: Tensor, uniforms: Tensor): Tensor {
  return detach(() => {
    const [rows, width] = weights.shape as [number, number];
    const cumulative = tf.cumsum(weights, 1);
    const total = tf.slice(cumulative, [0, width - 1], [rows, 1]);
    const passed = tf.lessEqual(cumulative, tf.mul(total, tf.reshape(uniforms, [rows, 1])));
    return tf.sum(tf.cast(passed, 'int32'), 1);
  });
}

/** −Σ_v x_v ln p_v of each row, [N]; gradients to both. `target` must be 0 where `logProbs` stands for −∞. */
export const softCrossEntropy = (logProbs: Tensor, target: Tensor): Tensor =>
  tf.neg(tf.sum(tf.mul(target, logProbs), 1));

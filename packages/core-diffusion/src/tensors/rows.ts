import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape';
import { detach } from './detach';
import { differentiable } from './differentiable';

/** The tokens at flat positions, int32 [N], of ids [B, L]. */
export const tokensAt = (ids: Tensor, positions: Tensor): Tensor => tf.gather(tf.reshape(ids, [-1]), positions);

/** The batch row of each flat position, int32 [N], in rows of L tokens. */
export const batchRowsAt = (positions: Tensor, length: number): Tensor =>
  tf.floorDiv(positions, tf.scalar(length, 'int32'));

/** One-hot rows of tokens [N], float32 [N, V]. */
export const oneHotRows = (tokens: Tensor, vocabSize: number): Tensor =>
  tf.cast(tf.oneHot(tokens as tf.Tensor1D, vocabSize), 'float32');

/**
 * One entry of each row: matrix[n, ids[n]], [N], with a scatter as its gradient and no one-hot matrix.
 * @param matrix [N, V] float32
 * @param ids [N] int32 in 0 … V − 1
 * @throws InputError if the shapes do not fit
 */
export function pickEntries(matrix: Tensor, ids: Tensor): Tensor {
  checkShape('ids', ids, 'N', checkShape('matrix', matrix, 'N V'));
  const [rows, width] = matrix.shape as [number, number];
  return differentiable({
    inputs: [matrix],
    forward() {
      const starts = tf.range(0, rows * width, width, 'int32');
      const value = tf.gather(tf.reshape(matrix, [-1]), tf.add(starts, ids) as tf.Tensor1D);
      return { value, saved: [tf.stack([tf.range(0, rows, 1, 'int32'), ids], 1)] };
    },
    // Not unsortedSegmentSum: ten times slower at V = 50258, and quadratic or missing on the plain CPU and WASM backends.
    backward: (dy, [places]) => [tf.scatterND(places!, dy, [rows, width])],
  });
}

/**
 * Draws a category from each row by inverse CDF: the first entry whose cumulative sum exceeds uniform · total. Never an
 * entry of probability zero. No gradient.
 * @param weights [N, V] ≥ 0, unnormalised, with a positive sum per row
 * @param uniforms [N] float32 in [0, 1 − 2⁻²³]; `uniformFeed` makes them
 * @returns [N] int32
 * @throws InputError if the shapes do not fit
 */
export function drawCategories(weights: Tensor, uniforms: Tensor): Tensor {
  checkShape('uniforms', uniforms, 'N', checkShape('weights', weights, 'N V'));
  return detach(() => {
    const [rows, width] = weights.shape as [number, number];
    // GPUs sum in blocks, whose rounding lets the cumulative sum fall by an ulp here and there. Counting the entries
    // passed would then land beside the drawn one; the first that is reached and has weight is right in any order of sums.
    const reached = tf.mul(tf.cumsum(weights, 1), tf.cast(tf.greater(weights, 0), 'float32'));
    const threshold = tf.mul(tf.max(reached, 1, true), tf.reshape(uniforms, [rows, 1]));
    const earliest = tf.range(width, 0, -1, 'float32');
    return tf.argMax(tf.mul(tf.cast(tf.greater(reached, threshold), 'float32'), earliest), 1);
  });
}

/**
 * −Σ_v x_v ln p_v of each row, [N]; gradients to both, without the matrix of ones that a sum's gradient multiplies by.
 * @param logProbs [N, V]
 * @param target [N, V]; must be 0 where `logProbs` stands for −∞
 */
export const softCrossEntropy = (logProbs: Tensor, target: Tensor): Tensor =>
  differentiable({
    inputs: [logProbs, target],
    forward: () => ({ value: tf.neg(tf.sum(tf.mul(target, logProbs), 1)), saved: [logProbs, target] }),
    backward(dy, [logs, rows]) {
      const slope = tf.expandDims(tf.neg(dy), 1);
      return [tf.mul(slope, rows!), tf.mul(slope, logs!)];
    },
  });

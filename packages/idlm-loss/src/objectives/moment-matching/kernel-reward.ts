import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Representations of one text per row, [B, L, H], and 1 at the tokens that count, [B, L]. */
export interface Clouds {
  /** Of the data. */
  readonly real: Tensor;
  /** Of several independent draws of the student, two at least. */
  readonly drawn: readonly Tensor[];
  readonly chosen: Tensor;
}

/** Σ h² of each token, [B, L]. */
const squares = (tokens: Tensor): Tensor => tf.sum(tf.square(tokens), 2);

/** Mean squared distance of two counted tokens of the data, whatever their rows: the kernel's unit of length, a scalar. */
export function meanSquaredDistance(real: Tensor, chosen: Tensor): Tensor {
  const count = tf.maximum(tf.sum(chosen), 1);
  const mean = tf.div(tf.sum(tf.mul(real, tf.expandDims(chosen, 2)), [0, 1]), count);
  const square = tf.div(tf.sum(tf.mul(squares(real), chosen)), count);
  return tf.add(tf.mul(tf.sub(square, tf.sum(tf.square(mean))), 2), 1e-6);
}

/** Σ_ij c_i c_j exp(−|a_i − b_j|²/scale) of each row, [B]; `apart` leaves out i = j. */
function kernelSum(a: Tensor, b: Tensor, chosen: Tensor, scale: Tensor, apart: boolean): Tensor {
  const products = tf.matMul(a, b, false, true);
  const lengths = tf.add(tf.expandDims(squares(a), 2), tf.expandDims(squares(b), 1));
  const distances = tf.maximum(tf.sub(lengths, tf.mul(products, 2)), 0);
  const kernel = tf.exp(tf.neg(tf.div(distances, scale)));
  const pairs = tf.mul(tf.expandDims(chosen, 2), tf.expandDims(chosen, 1));
  const counted = apart ? tf.mul(pairs, tf.sub(1, tf.eye(chosen.shape[1]!))) : pairs;
  return tf.sum(tf.mul(kernel, counted), [1, 2]);
}

/**
 * The reward of a group of draws, [B]: 2 · mean k(real, drawn) − mean k(drawn, drawn′), which is −MMD² of their tokens'
 * representations but for a constant of the data alone. The second mean is over different draws and different places,
 * since two draws of one place are alike for the place's sake. Rows with fewer than two counted tokens have reward 0.
 * @param scale of the kernel exp(−|a − b|²/scale), a scalar
 */
export function kernelReward({ real, drawn, chosen }: Clouds, scale: Tensor): Tensor {
  const count = tf.sum(chosen, 1);
  const cross = tf.addN(drawn.map((draw) => kernelSum(real, draw, chosen, scale, false)));
  const within = tf.addN(drawn.flatMap((a, i) => drawn.slice(i + 1).map((b) => kernelSum(a, b, chosen, scale, true))));
  const pairs = (drawn.length * (drawn.length - 1)) / 2;
  const attraction = tf.div(tf.mul(cross, 2), tf.mul(tf.maximum(tf.square(count), 1), drawn.length));
  const repulsion = tf.div(within, tf.mul(tf.maximum(tf.mul(count, tf.sub(count, 1)), 1), pairs));
  return tf.mul(tf.sub(attraction, repulsion), tf.cast(tf.greater(count, 1), 'float32'));
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { CleanTokens } from '../families/family';

/** Row numbers with −1 (hard) replaced by row 0, for a gather whose result is then not chosen. */
export const existingRow = (rows: Tensor): Tensor => tf.maximum(rows, tf.scalar(0, 'int32'));

/** Which row numbers stand for soft rows. */
export const isSoft = (rows: Tensor): Tensor => tf.greaterEqual(rows, tf.scalar(0, 'int32'));

/** Clean ids [B·L], int32, with the student's draws in place of soft rows. */
export function hardIds({ ids, soft }: CleanTokens): Tensor {
  const flat = tf.reshape(ids, [-1]);
  if (!soft) return flat;
  return tf.where(isSoft(soft.rowOf), tf.gather(soft.drawn, existingRow(soft.rowOf)), flat);
}

/** Clean tokens as rows of the simplex at flat positions [N], [N, V]: one-hot where hard; gradients reach soft rows. */
export function simplexRows({ ids, soft }: CleanTokens, positions: Tensor, vocabSize: number): Tensor {
  const oneHot = (tokens: Tensor) => tf.oneHot(tokens as tf.Tensor1D, vocabSize);
  const at = (flat: Tensor) => tf.gather(flat, positions as tf.Tensor1D);
  const hard = tf.cast(oneHot(at(tf.reshape(ids, [-1]))), 'float32');
  if (!soft) return hard;
  const rows = at(soft.rowOf);
  const given = tf.gather(soft.probs, existingRow(rows) as tf.Tensor1D);
  return tf.where(tf.expandDims(isSoft(rows), 1), given, hard);
}

import { batchRowsAt, differentiable, kernel } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type AttentionShape, splitRows, turns } from './attention';
import { rotate, rotateBack } from './rotary';

/** Most numbers that are copied for single queries: 128 MiB of keys, and as much of values. */
const MOST_COPIED = 2 ** 25;

/**
 * Whether single queries should be asked rather than all: each copies the keys and values of its whole row, so that more than a
 * few per row, or a share of the sequence that is not small, cost more than attention as a whole.
 * @param queries N
 * @param x what enters the block, [B, L, H]
 */
export function areFew(queries: number, { shape }: Tensor): boolean {
  const [batch, length, hidden] = shape as [number, number, number];
  return queries <= Math.min(8 * batch, (batch * length) / 6, MOST_COPIED / (length * hidden));
}

const turnKeys = kernel('turn_keys', (keys: Tensor, cos: Tensor, signedSin: Tensor) => [rotate(keys, cos, signedSin)]);
const turnKeysBack = kernel('turn_keys_back', (dy: Tensor, cos: Tensor, signedSin: Tensor) => [
  rotateBack(dy, cos, signedSin),
]);

/** Keys [B·A, L, d] turned by their places. */
const turnedKeys = (keys: Tensor, shape: AttentionShape): Tensor =>
  differentiable({
    inputs: [keys],
    forward() {
      const [value] = turnKeys(keys, ...turns(shape));
      return { value, saved: [] };
    },
    backward: (dy) => turnKeysBack(dy, ...turns(shape)),
  });

/** Queries [N, A·d] turned by the place of each, times 1/√d, [N·A, 1, d]. @param places within the sequence, [N] */
function turnedQueries(q: Tensor, places: Tensor, shape: AttentionShape): Tensor {
  const { heads, channels } = shape;
  const [cos, signedSin] = turns(shape).map((table) => tf.expandDims(tf.gather(table, places as tf.Tensor1D), 1));
  const byHead = rotate(tf.reshape(q, [-1, heads, channels]), cos!, signedSin!);
  return tf.reshape(tf.mul(byHead, 1 / Math.sqrt(channels)), [-1, 1, channels]);
}

/** Large negative numbers at the keys that a causal query does not see, [N, 1, 1, L]. */
function unseen(places: Tensor, length: number): Tensor {
  const later = tf.greater(tf.range(0, length, 1, 'int32'), tf.reshape(places, [-1, 1]));
  return tf.reshape(tf.mul(tf.cast(later, 'float32'), -1e9), [-1, 1, 1, length]);
}

/**
 * `attention` for the queries of some flat positions alone, each with the keys and values of its own batch row.
 * @param queries [N, A·d]
 * @param keys [B·L, A·d], like `values`
 * @param positions b·L + l, int32 [N]
 * @returns [N, A·d]
 */
export function attentionAt(
  queries: Tensor,
  [keys, values]: readonly [keys: Tensor, values: Tensor],
  positions: Tensor,
  shape: AttentionShape,
): Tensor {
  const { batch, length, heads, channels } = shape;
  const row = batchRowsAt(positions, length);
  const places = tf.sub(positions, tf.mul(row, tf.scalar(length, 'int32')));
  const ofQueries = (x: Tensor) =>
    tf.reshape(tf.gather(tf.reshape(x, [batch, -1]), row as tf.Tensor1D), [-1, length, channels]);
  const ofRows = ofQueries(turnedKeys(splitRows(keys, shape), shape));
  const scores = tf.matMul(turnedQueries(queries, places, shape), ofRows, false, true);
  const seen = shape.causal
    ? tf.reshape(tf.add(tf.reshape(scores, [-1, heads, 1, length]), unseen(places, length)), scores.shape)
    : scores;
  return tf.reshape(tf.matMul(tf.softmax(seen), ofQueries(splitRows(values, shape))), [-1, heads * channels]);
}

import { differentiable } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { rotaryTables, rotate, rotateBack } from './rotary';

/** Shape of an attention layer's input. */
export interface AttentionShape {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  /** d, channels of a head. */
  readonly channels: number;
  /** True: position p sees 0 … p only. */
  readonly causal: boolean;
}

/** −∞ above the diagonal, [L, L]. */
function causalMask(length: number): Tensor {
  const values = new Float32Array(length * length);
  for (let row = 0; row < length; row++) values.fill(-1e9, row * length + row + 1, (row + 1) * length);
  return tf.tensor2d(values, [length, length]);
}

/** [B·L, 3·A·d] to q, k and v as [3, B·A, L, d]. */
const splitHeads = (qkv: Tensor, { batch, length, heads, channels }: AttentionShape): Tensor =>
  tf.reshape(tf.transpose(tf.reshape(qkv, [batch, length, 3, heads, channels]), [2, 0, 3, 1, 4]), [
    3,
    batch * heads,
    length,
    channels,
  ]);

/** The transpose of `splitHeads`. */
const mergeThree = (x: Tensor, { batch, length, heads, channels }: AttentionShape): Tensor =>
  tf.reshape(tf.transpose(tf.reshape(x, [3, batch, heads, length, channels]), [1, 3, 0, 2, 4]), [
    batch * length,
    3 * heads * channels,
  ]);

/** [B·A, L, d] to rows [B·L, A·d]. */
const mergeHeads = (x: Tensor, { batch, length, heads, channels }: AttentionShape): Tensor =>
  tf.reshape(tf.transpose(tf.reshape(x, [batch, heads, length, channels]), [0, 2, 1, 3]), [
    batch * length,
    heads * channels,
  ]);

/** Rows [B·L, A·d] to [B·A, L, d]. */
const splitRows = (x: Tensor, { batch, length, heads, channels }: AttentionShape): Tensor =>
  tf.reshape(tf.transpose(tf.reshape(x, [batch, length, heads, channels]), [0, 2, 1, 3]), [
    batch * heads,
    length,
    channels,
  ]);

/**
 * Multi-head attention with rotary positions, scale 1/√d, from the packed projection to rows of concatenated heads, as
 * one operation: q and k are rotated together and one transposition serves all three.
 * @param qkv [B·L, 3·A·d], channel order [3][A][d]
 * @returns [B·L, A·d]
 */
export function attention(qkv: Tensor, shape: AttentionShape): Tensor {
  const { batch, length, heads, channels, causal } = shape;
  const rows = batch * heads;
  const scale = 1 / Math.sqrt(channels);
  const tables = rotaryTables(length, channels);
  const turns = () =>
    [tf.tensor2d(tables.cos, [length, channels]), tf.tensor2d(tables.signedSin, [length, channels])] as const;
  return differentiable({
    inputs: [qkv],
    forward() {
      const packed = splitHeads(qkv, shape);
      const [cos, signedSin] = turns();
      const turned = rotate(tf.slice(packed, [0, 0, 0, 0], [2, rows, length, channels]), cos, signedSin);
      const one = (from: Tensor, at: number) =>
        tf.reshape(tf.slice(from, [at, 0, 0, 0], [1, rows, length, channels]), [rows, length, channels]);
      const q = tf.mul(one(turned, 0), scale);
      const [k, v] = [one(turned, 1), one(packed, 2)];
      const scores = tf.matMul(q, k, false, true);
      const weights = tf.softmax(causal ? tf.add(scores, causalMask(length)) : scores);
      return { value: mergeHeads(tf.matMul(weights, v), shape), saved: [q, k, v, weights] };
    },
    backward(dy, [q, k, v, weights]) {
      const dOut = splitRows(dy, shape);
      const weighted = tf.mul(weights!, tf.matMul(dOut, v!, false, true));
      const dScores = tf.sub(weighted, tf.mul(weights!, tf.sum(weighted, -1, true)));
      const dq = tf.mul(tf.matMul(dScores, k!), scale);
      const dk = tf.matMul(dScores, q!, true, false);
      const dv = tf.matMul(weights!, dOut, true, false);
      const [cos, signedSin] = turns();
      const dTurned = rotateBack(tf.stack([dq, dk]), cos, signedSin);
      return [mergeThree(tf.concat([dTurned, tf.expandDims(dv, 0)], 0), shape)];
    },
  });
}

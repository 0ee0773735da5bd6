import { differentiable, fused } from '@idlm/core-diffusion';
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

/** The numbers that, with the shapes of its inputs, say what a kernel of attention computes. */
const nameOf = (what: string, { batch, length, heads, channels }: AttentionShape): string =>
  `${what} ${batch} ${length} ${heads} ${channels}`;

/** cos and signed sin of the positions, [L, d] each. */
function turns({ length, channels }: AttentionShape): readonly [cos: Tensor, signedSin: Tensor] {
  const { cos, signedSin } = rotaryTables(length, channels);
  return [tf.tensor2d(cos, [length, channels]), tf.tensor2d(signedSin, [length, channels])];
}

/** [B·L, 3·A·d] to q (turned, times 1/√d), k (turned) and v, [B·A, L, d] each. */
function splitHeads(qkv: Tensor, shape: AttentionShape): Tensor[] {
  const { batch, length, heads, channels } = shape;
  return fused(nameOf('split_heads', shape), [qkv, ...turns(shape)], (rows, cos, signedSin) => {
    const packed = tf.reshape(tf.transpose(tf.reshape(rows, [batch, length, 3, heads, channels]), [2, 0, 3, 1, 4]), [
      3,
      batch * heads,
      length,
      channels,
    ]);
    const turned = rotate(tf.slice(packed, [0, 0, 0, 0], [2, batch * heads, length, channels]), cos, signedSin);
    const one = (from: Tensor, at: number) =>
      tf.reshape(tf.slice(from, [at, 0, 0, 0], [1, batch * heads, length, channels]), [
        batch * heads,
        length,
        channels,
      ]);
    return [tf.mul(one(turned, 0), 1 / Math.sqrt(channels)), one(turned, 1), one(packed, 2)];
  });
}

/** The transpose of `splitHeads`: gradients of its results to that of its input. */
function mergeThree(gradients: readonly [dq: Tensor, dk: Tensor, dv: Tensor], shape: AttentionShape): Tensor {
  const { batch, length, heads, channels } = shape;
  const [merged] = fused(nameOf('merge_heads', shape), [...gradients, ...turns(shape)], (q, k, v, cos, signedSin) => {
    const turned = rotateBack(tf.stack([tf.mul(q!, 1 / Math.sqrt(channels)), k!]), cos!, signedSin!);
    const all = tf.reshape(tf.concat([turned, tf.expandDims(v!, 0)], 0), [3, batch, heads, length, channels]);
    return [tf.reshape(tf.transpose(all, [1, 3, 0, 2, 4]), [batch * length, 3 * heads * channels])];
  });
  return merged!;
}

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
  const { length, causal } = shape;
  return differentiable({
    inputs: [qkv],
    forward() {
      const [q, k, v] = splitHeads(qkv, shape) as [Tensor, Tensor, Tensor];
      const scores = tf.matMul(q, k, false, true);
      const weights = tf.softmax(causal ? tf.add(scores, causalMask(length)) : scores);
      const out = tf.matMul(weights, v);
      return { value: mergeHeads(out, shape), saved: [q, k, v, weights, out] };
    },
    backward(dy, [q, k, v, weights, out]) {
      const dOut = splitRows(dy, shape);
      // Σ_j w_j ∂w_j of each row, which is also the product of the row's result and its gradient: d numbers instead of L.
      const along = tf.sum(tf.mul(dOut, out!), -1, true);
      const [dScores] = fused(
        'softmax_gradient',
        [weights!, tf.matMul(dOut, v!, false, true), along],
        (w, dw, mean) => [tf.mul(w, tf.sub(dw, mean))],
      );
      const dq = tf.matMul(dScores!, k!);
      const dk = tf.matMul(dScores!, q!, true, false);
      const dv = tf.matMul(weights!, dOut, true, false);
      return [mergeThree([dq, dk, dv], shape)];
    },
  });
}

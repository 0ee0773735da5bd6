import { differentiable, kernel } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type Heads,
  attendInBlocks,
  attentionGradients,
  attentionWeights,
  blockOf,
  gradientsInBlocks,
} from './attention-blocks';
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
  /** False: queries and keys are not turned by their places (default true). */
  readonly rotary?: boolean;
}

/** 1/√d, by which scores are scaled. */
const scaleOf = ({ channels }: AttentionShape): number => 1 / Math.sqrt(channels);

/** cos and signed sin of the positions, [L, d] each. */
export function turns({ length, channels }: AttentionShape): readonly [cos: Tensor, signedSin: Tensor] {
  const { cos, signedSin } = rotaryTables(length, channels);
  return [tf.tensor2d(cos, [length, channels]), tf.tensor2d(signedSin, [length, channels])];
}

/** Queries are also scaled by 1/√d, [B·A, L, d], as the keys are. */
const turn = kernel('turn', (queries: Tensor, keys: Tensor, cos: Tensor, signedSin: Tensor) => [
  tf.mul(rotate(queries, cos, signedSin), 1 / Math.sqrt(queries.shape[2]!)),
  rotate(keys, cos, signedSin),
]);
const turnBack = kernel('turn_back', (dq: Tensor, dk: Tensor, cos: Tensor, signedSin: Tensor) => [
  tf.mul(rotateBack(dq, cos, signedSin), 1 / Math.sqrt(dq.shape[2]!)),
  rotateBack(dk, cos, signedSin),
]);

/**
 * [B·L, 3·A·d] to q (turned, times 1/√d), k (turned) and v, [B·A, L, d] each. TensorFlow transposes and joins faster than a kernel
 * of XLA's, which goes number by number where memory is not in order.
 */
function splitHeads(qkv: Tensor, shape: AttentionShape): Heads {
  const { batch, length, heads, channels } = shape;
  const packed = tf.transpose(tf.reshape(qkv, [batch, length, 3, heads, channels]), [2, 0, 3, 1, 4]);
  const [q, k, v] = tf.split(tf.reshape(packed, [3 * batch * heads, length, channels]), 3) as [Tensor, Tensor, Tensor];
  if (shape.rotary === false) return [tf.mul(q, scaleOf(shape)), k, v];
  return [...turn(q, k, ...turns(shape)), v];
}

/** The transpose of `splitHeads`: gradients of its results to that of its input. */
function mergeThree([dq, dk, dv]: Heads, shape: AttentionShape): Tensor {
  const { batch, length, heads, channels } = shape;
  const turned = shape.rotary === false ? [tf.mul(dq, scaleOf(shape)), dk] : turnBack(dq, dk, ...turns(shape));
  const all = tf.reshape(tf.concat([...turned, dv], 0), [3, batch, heads, length, channels]);
  return tf.reshape(tf.transpose(all, [1, 3, 0, 2, 4]), [batch * length, 3 * heads * channels]);
}

/** [B·A, L, d] to rows [B·L, A·d]. */
const mergeHeads = (x: Tensor, { batch, length, heads, channels }: AttentionShape): Tensor =>
  tf.reshape(tf.transpose(tf.reshape(x, [batch, heads, length, channels]), [0, 2, 1, 3]), [
    batch * length,
    heads * channels,
  ]);

/** Rows [B·L, A·d] to [B·A, L, d]. */
export const splitRows = (x: Tensor, { batch, length, heads, channels }: AttentionShape): Tensor =>
  tf.reshape(tf.transpose(tf.reshape(x, [batch, length, heads, channels]), [0, 2, 1, 3]), [
    batch * heads,
    length,
    channels,
  ]);

/**
 * Multi-head attention with rotary positions or without, from the packed projection to rows of concatenated heads; of each head
 *
 *     softmax(R q (R k)ᵀ / √d + m) v
 *
 * with R the turn of each position, and m = −∞ where a key lies behind a causal query, else 0. It is one operation: q and k are rotated together and one transposition serves all three. Long sequences are attended to block by
 * block, and their weights computed again for the gradient.
 * @param qkv [B·L, 3·A·d], channel order [3][A][d]
 * @returns [B·L, A·d]
 * Source: Vaswani et al. (arXiv 1706.03762), equation 1.
 */
export function attention(qkv: Tensor, shape: AttentionShape): Tensor {
  const { batch, length, heads, causal } = shape;
  const block = blockOf(batch * heads, length);
  return differentiable({
    inputs: [qkv],
    forward() {
      const parts = splitHeads(qkv, shape);
      const kept = block ? [] : [attentionWeights(parts[0], parts[1], causal)];
      const out = block ? attendInBlocks(parts, causal, block) : tf.matMul(kept[0]!, parts[2]);
      return { value: mergeHeads(out, shape), saved: [...parts, out, ...kept] };
    },
    backward(dy, [q, k, v, out, weights]) {
      const parts: Heads = [q!, k!, v!];
      const dOut = splitRows(dy, shape);
      const gradients = block
        ? gradientsInBlocks(parts, out!, dOut, causal, block)
        : attentionGradients(parts, weights!, out!, dOut);
      return [mergeThree(gradients, shape)];
    },
  });
}

import { differentiable, fused } from '@idlm/core-diffusion';
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
function splitHeads(qkv: Tensor, shape: AttentionShape): Heads {
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
  }) as unknown as Heads;
}

/** The transpose of `splitHeads`: gradients of its results to that of its input. */
function mergeThree(gradients: Heads, shape: AttentionShape): Tensor {
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
 * one operation: q and k are rotated together and one transposition serves all three. Long sequences are attended to block by
 * block, and their weights computed again for the gradient.
 * @param qkv [B·L, 3·A·d], channel order [3][A][d]
 * @returns [B·L, A·d]
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

import { kernel } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Scaled queries, keys and values of all heads, [B·A, L, d] each. */
export type Heads = readonly [q: Tensor, k: Tensor, v: Tensor];

/** Large negative numbers where a key lies after its query, for queries from `start` on, [queries, length]. */
function causalMask(start: number, queries: number, length: number): Tensor {
  const values = new Float32Array(queries * length);
  for (let row = 0; row < queries; row++) values.fill(-1e9, row * length + start + row + 1, (row + 1) * length);
  return tf.tensor2d(values, [queries, length]);
}

/** Attention weights of the queries from `start` on, [B·A, queries, L]. */
export function attentionWeights(q: Tensor, k: Tensor, causal: boolean, start = 0): Tensor {
  const scores = tf.matMul(q, k, false, true);
  return tf.softmax(causal ? tf.add(scores, causalMask(start, q.shape[1]!, k.shape[1]!)) : scores);
}

const softmaxGradient = kernel('softmax_gradient', (weights: Tensor, dWeights: Tensor, along: Tensor) => [
  tf.mul(weights, tf.sub(dWeights, along)),
]);

/**
 * Gradients of q, k and v from that of the result, for some queries or all.
 * @param weights their attention weights
 * @param out their results, [B·A, queries, d]
 */
export function attentionGradients([q, k, v]: Heads, weights: Tensor, out: Tensor, dOut: Tensor): Heads {
  // Σ_j w_j ∂w_j of each row, which is also the product of the row's result and its gradient: d numbers instead of L.
  const along = tf.sum(tf.mul(dOut, out), -1, true);
  const [dScores] = softmaxGradient(weights, tf.matMul(dOut, v, false, true), along);
  return [tf.matMul(dScores, k), tf.matMul(dScores, q, true, false), tf.matMul(weights, dOut, true, false)];
}

/** Scores of one block: 32 MiB. */
const BLOCK = 2 ** 23;
/** From this length on, or above this number of them, the weights are not kept for the gradient. */
const [LONG, LARGE] = [512, 2 ** 24];

/** Queries of one block where the weights should be computed again for the gradient, not kept; undefined where they are small. */
export function blockOf(rows: number, length: number): number | undefined {
  if (length < LONG && rows * length ** 2 <= LARGE) return undefined;
  return Math.max(1, Math.min(length, Math.floor(BLOCK / (rows * length))));
}

/** Scores of so many rows and heads together, of queries by keys, that are there at once: those of one block of queries, or all. */
export const scoresAtOnce = (rows: number, length: number): number => rows * length * (blockOf(rows, length) ?? length);

const queriesOf = (x: Tensor, start: number, count: number): Tensor => {
  const [rows, , channels] = x.shape as [number, number, number];
  return tf.slice(x, [0, start, 0], [rows, count, channels]);
};

/** x, once `earlier` is there: the blocks of a compiled function would all be computed at once, with all their weights. */
const after = (x: Tensor, earlier?: Tensor): Tensor =>
  earlier ? tf.add(x, tf.mul(tf.slice(earlier, [0, 0, 0], [1, 1, 1]), 0)) : x;

/** Where blocks of at most `block` queries start, and their sizes. */
const blocksOf = (length: number, block: number): (readonly [start: number, count: number])[] =>
  Array.from({ length: Math.ceil(length / block) }, (_, i) => [i * block, Math.min(block, length - i * block)]);

/** Attention block by block of queries, [B·A, L, d]: weights exist for one block at a time. */
export function attendInBlocks([q, k, v]: Heads, causal: boolean, block: number): Tensor {
  const results: Tensor[] = [];
  for (const [start, count] of blocksOf(q.shape[1]!, block)) {
    const queries = after(queriesOf(q, start, count), results[results.length - 1]);
    results.push(tf.matMul(attentionWeights(queries, k, causal, start), v));
  }
  return tf.concat(results, 1);
}

/** The gradients of `attendInBlocks`: each block's weights are computed again. */
export function gradientsInBlocks(heads: Heads, out: Tensor, dOut: Tensor, causal: boolean, block: number): Heads {
  const [q, k, v] = heads;
  const results: Tensor[] = [];
  let sums: readonly [dk: Tensor, dv: Tensor] | undefined;
  for (const [start, count] of blocksOf(q.shape[1]!, block)) {
    const queries = after(queriesOf(q, start, count), sums?.[0]);
    const weights = attentionWeights(queries, k, causal, start);
    const [outs, slopes] = [queriesOf(out, start, count), queriesOf(dOut, start, count)];
    const [dq, dk, dv] = attentionGradients([queries, k, v], weights, outs, slopes);
    results.push(dq);
    sums = sums ? [tf.add(sums[0], dk), tf.add(sums[1], dv)] : [dk, dv];
  }
  return [tf.concat(results, 1), ...sums!];
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable';
import { kernel } from './kernel';
import { rowTotals } from './log-softmax';
import { pickEntries } from './rows';

/** Rows of the simplex in place of some tokens. */
export interface SoftTargets {
  /** [N, V], 0 where a logit stands for −∞; gradients flow through them. */
  readonly probs: Tensor;
  /** Which rows they stand for, [N] bool. */
  readonly chosen: Tensor;
}

/** ln Σ_v exp z_v of each row of [N, V], [N, 1]. */
const logTotals = (logits: Tensor): Tensor => tf.add(...rowTotals(logits));

const oneHot = (ids: Tensor, width: number): Tensor => tf.cast(tf.oneHot(ids as tf.Tensor1D, width), 'float32');

const hardGradient = kernel('hard_cross_entropy', (slope: Tensor, z: Tensor, total: Tensor, ids: Tensor) => [
  tf.mul(slope, tf.sub(tf.exp(tf.sub(z, total)), oneHot(ids, z.shape[1]!))),
]);

function hardCrossEntropy(logits: Tensor, ids: Tensor): Tensor {
  return differentiable({
    inputs: [logits],
    forward() {
      const totals = logTotals(logits);
      return { value: tf.sub(tf.squeeze(totals, [1]), pickEntries(logits, ids)), saved: [logits, totals, ids] };
    },
    backward: (dy, [rows, totals, tokens]) => hardGradient(tf.expandDims(dy, 1), rows!, totals!, tokens!),
  });
}

const mixedGradient = kernel(
  'mixed_cross_entropy',
  (slope: Tensor, z: Tensor, total: Tensor, probs: Tensor, mass: Tensor, chosen: Tensor, ids: Tensor) => {
    const targets = tf.where(chosen, probs, oneHot(ids, z.shape[1]!));
    return [tf.mul(slope, tf.sub(tf.mul(tf.exp(tf.sub(z, total)), mass), targets))];
  },
);
const targetGradient = kernel('target_of_cross_entropy', (slope: Tensor, z: Tensor, total: Tensor) => [
  tf.mul(slope, tf.sub(total, z)),
]);

function mixedCrossEntropy(logits: Tensor, ids: Tensor, { probs, chosen }: SoftTargets): Tensor {
  return differentiable({
    inputs: [logits, probs],
    forward() {
      const totals = logTotals(logits);
      const mass = tf.where(chosen, tf.sum(probs, 1), tf.onesLike(tf.squeeze(totals, [1])));
      const matched = tf.where(chosen, tf.sum(tf.mul(probs, logits), 1), pickEntries(logits, ids));
      const value = tf.sub(tf.mul(tf.squeeze(totals, [1]), mass), matched);
      return { value, saved: [logits, totals, probs, tf.expandDims(mass, 1), tf.expandDims(chosen, 1), ids] };
    },
    backward(dy, [z, totals, x, mass, soft, tokens]) {
      const slope = tf.expandDims(dy, 1);
      const [toLogits] = mixedGradient(slope, z!, totals!, x!, mass!, soft!, tokens!);
      const softSlope = tf.mul(slope, tf.cast(soft!, 'float32'));
      const [toProbs] = targetGradient(softSlope, z!, totals!);
      return [toLogits, toProbs];
    },
  });
}

/**
 * −Σ_v x_v ln softmax(z)_v of each row, [N], without a matrix of log-probabilities: what is kept for the gradient
 * dz = softmax(z) Σ x − x, dx = −ln softmax(z) is the logits and a number for each row. Numbers added to a whole row cancel,
 * so that log-probabilities may stand in for logits.
 * @param logits [N, V]
 * @param ids the tokens x, [N] int32
 * @param soft rows of the simplex that stand in place of some
 */
export const crossEntropy = (logits: Tensor, ids: Tensor, soft?: SoftTargets): Tensor =>
  soft ? mixedCrossEntropy(logits, ids, soft) : hardCrossEntropy(logits, ids);

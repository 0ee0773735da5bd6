import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { NEGATIVE_INFINITY } from '../parameterizations/rows';
import { differentiable } from './differentiable';
import { kernel } from './kernel';

const shiftedExp = kernel('shifted_exp', (rows: Tensor, top: Tensor) => [tf.exp(tf.sub(rows, top))]);

/** The largest of each row of [N, V], and ln Σ_v exp(z_v − largest), [N, 1] each. */
export function rowTotals(logits: Tensor): readonly [largest: Tensor, total: Tensor] {
  const largest = tf.max(logits, -1, true);
  const [powers] = shiftedExp(logits, largest);
  return [largest, tf.log(tf.sum(powers, -1, true))];
}

const normalisedLogits = kernel('log_softmax', (rows: Tensor, top: Tensor, norm: Tensor) => [
  tf.sub(tf.sub(rows, top), norm),
]);
const logSoftmaxGradient = kernel('log_softmax_gradient', (dy: Tensor, logs: Tensor, total: Tensor) => [
  tf.sub(dy, tf.mul(tf.exp(logs), total)),
]);

/** ln softmax over the last axis of [N, V], keeping one tensor for the gradient dy − softmax · Σ dy. */
export const logSoftmax = (logits: Tensor): Tensor =>
  differentiable({
    inputs: [logits],
    forward() {
      const [largest, total] = rowTotals(logits);
      const [value] = normalisedLogits(logits, largest, total);
      return { value, saved: [value] };
    },
    backward: (dy, [y]) => logSoftmaxGradient(dy, y!, tf.sum(dy, -1, true)),
  });

/** Logits [N, V] with the mask's entry at −10⁶: log-probabilities of clean tokens, up to a number for each row. */
export function withoutMask(logits: Tensor, maskId: number): Tensor {
  const width = logits.shape[logits.shape.length - 1]!;
  const exclude = new Float32Array(width);
  exclude[maskId] = NEGATIVE_INFINITY;
  return tf.add(logits, tf.tensor1d(exclude));
}

/**
 * Log-probabilities over clean tokens from rows at masked positions: the mask entry is excluded, then ln softmax.
 * At the mask the result is near −1e6.
 * @param logits [N, V]
 * Source: MDLM (arXiv 2406.07524), SUBS parameterization, "zero masking probabilities".
 */
export const maskedLogSoftmax = (logits: Tensor, maskId: number): Tensor => logSoftmax(withoutMask(logits, maskId));

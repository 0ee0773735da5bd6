import * as tf from '@tensorflow/tfjs-core';
import type { TensorFunction } from '@idlm/core-diffusion';
import { values } from './operations';

/** Sizes of the small language model that is trained: B rows of L tokens, embeddings of D numbers, V tokens in the vocabulary. */
export interface StepSizes {
  /** B. */
  readonly batch: number;
  /** L. */
  readonly length: number;
  /** D. */
  readonly width: number;
  /** V. */
  readonly vocab: number;
}

/** Embedding [V, D], which is the head as well, and the four matrices [D, D] of attention. */
type Weights = readonly [embedding: tf.Tensor, query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, out: tf.Tensor];
const WEIGHTS = 5;

/** Layer normalisation without weights, (x − mean) / √(variance + 1e-5) over the last axis. */
const normalized = (x: tf.Tensor): tf.Tensor => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5)));
};

/**
 * Cross-entropy of the next token under one block of attention, in nats per token, []:
 * with n(x) the normalised rows, softmax(n(x) Q (n(x) K)ᵀ / √D) n(x) V is added to x, and the logits are its rows times the embeddings.
 * @param ids tokens [B · L], int32, as `targets` are
 */
function lossOf(
  { batch, length, width, vocab }: StepSizes,
  ids: tf.Tensor,
  targets: tf.Tensor,
  weights: Weights,
): tf.Scalar {
  const [embedding, query, key, value, out] = weights;
  const x = tf.gather(embedding, ids);
  const project = (matrix: tf.Tensor) => tf.reshape(tf.matMul(normalized(x), matrix), [batch, length, width]);
  const scores = tf.softmax(tf.div(tf.matMul(project(query), project(key), false, true), Math.sqrt(width)));
  const mixed = tf.reshape(tf.matMul(scores, project(value)), [-1, width]);
  const logits = tf.matMul(normalized(tf.add(x, tf.matMul(mixed, out))), embedding, false, true);
  const hits = tf.sum(tf.mul(tf.oneHot(tf.cast(targets, 'int32'), vocab), tf.logSoftmax(logits)), -1);
  return tf.neg(tf.mean<tf.Scalar>(hits));
}

/**
 * A training step with momentum: ids and targets [N], a rate, weights, their momenta → the loss and the new weights and
 * momenta.
 */
export const trainingStep =
  (sizes: StepSizes): TensorFunction =>
  ([ids, targets, rate, ...state]) => {
    const [weights, momenta] = [state.slice(0, WEIGHTS), state.slice(WEIGHTS)];
    const loss = (...given: tf.Tensor[]) => lossOf(sizes, ids!, targets!, given as unknown as Weights);
    const { value, grads } = tf.valueAndGrads(loss)(weights);
    const moved = momenta.map((momentum, i) => tf.add(tf.mul(momentum, 0.9), grads[i]!));
    return [value, ...weights.map((weight, i) => tf.sub(weight, tf.mul(moved[i]!, rate!))), ...moved];
  };

/**
 * What a first step is given, the same on every engine: ids and targets [B · L], a rate of 0.1, weights in (−1.6, 1.6)/√D, and momenta
 * of zeros. The caller frees it.
 */
export function startOfTraining({ batch, length, width, vocab }: StepSizes): tf.Tensor[] {
  const tokens = (shift: number) =>
    tf.tensor1d(
      Int32Array.from({ length: batch * length }, (_, i) => ((i + shift) * (i + shift + 3)) % vocab),
      'int32',
    );
  const matrix = (rows: number, seed: number) =>
    tf.tidy(() => tf.mul(tf.sub(values([rows, width], seed), 1), 2 / Math.sqrt(width)));
  const weights = [vocab, width, width, width, width].map((rows, i) => matrix(rows, 100 + i));
  return [tokens(0), tokens(1), tf.scalar(0.1), ...weights, ...weights.map((weight) => tf.zerosLike(weight))];
}

/** Runs steps one after the other, and gives their losses and then the numbers of the last weights. */
export function train(step: TensorFunction, sizes: StepSizes, steps: number): number[] {
  let inputs = startOfTraining(sizes);
  const losses: number[] = [];
  for (let k = 0; k < steps; k++) {
    const [loss, ...state] = step(inputs) as [tf.Tensor, ...tf.Tensor[]];
    losses.push(loss.dataSync()[0]!);
    tf.dispose([loss, ...inputs.slice(3)]);
    inputs = [...inputs.slice(0, 3), ...state];
  }
  const weights = inputs.slice(3, 3 + WEIGHTS).flatMap((weight) => Array.from(weight.dataSync()));
  tf.dispose(inputs);
  return [...losses, ...weights];
}

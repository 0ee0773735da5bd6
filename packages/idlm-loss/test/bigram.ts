import type { Denoiser, DenoiserInput, Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';

/** The table's rows chosen by the tokens to the left of flat positions, [N, V]. */
function rowsAt({ table }: Parameters, input: DenoiserInput, positions: tf.Tensor): tf.Tensor {
  const flat = tf.reshape((input as { ids: tf.Tensor }).ids, [-1]);
  const before = tf.maximum(tf.sub(positions, tf.scalar(1, 'int32')), tf.scalar(0, 'int32'));
  return tf.gather(table!, tf.gather(flat, before as tf.Tensor1D));
}

/**
 * A bigram network: the logits of a position are a table row chosen by the token to its left, and, less their mean, its hidden
 * state.
 */
export const bigram = (vocabSize: number): Denoiser => ({
  describe: () => ({ type: 'bigram', config: { vocabSize, length: 2, timeConditioned: false } }),
  vocabSize,
  timeConditioned: false,
  apply: (parameters, input, _sigma, { positions } = {}) => rowsAt(parameters, input, positions!),
  hidden(parameters, input, _sigma, positions) {
    const rows = rowsAt(parameters, input, positions);
    return tf.sub(rows, tf.mean(rows, 1, true));
  },
});

/** Random weights of a bigram network. The caller owns them. */
export const bigramTable = (vocabSize: number, seed: number): Parameters => ({
  table: tf.randomNormal([vocabSize, vocabSize], 0, 1, 'float32', seed),
});

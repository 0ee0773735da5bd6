import type { Denoiser, Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';

/** A bigram network: the logits of a position are a table row chosen by the token to its left. */
export const bigram = (vocabSize: number): Denoiser => ({
  config: {},
  vocabSize,
  timeConditioned: false,
  apply({ table }, input, _sigma, { positions } = {}) {
    const flat = tf.reshape((input as { ids: tf.Tensor }).ids, [-1]);
    const left = tf.gather(
      flat,
      tf.maximum(tf.sub(positions!, tf.scalar(1, 'int32')), tf.scalar(0, 'int32')) as tf.Tensor1D,
    );
    return tf.gather(table!, left as tf.Tensor1D);
  },
});

/** Random weights of a bigram network. The caller owns them. */
export const bigramTable = (vocabSize: number, seed: number): Parameters => ({
  table: tf.randomNormal([vocabSize, vocabSize], 0, 1, 'float32', seed),
});

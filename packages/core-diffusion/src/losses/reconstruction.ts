import * as tf from '@tensorflow/tfjs-core';
import { pickEntries, softCrossEntropy } from '../tensors/rows';
import { hardIds, simplexRows } from '../noise/clean-tokens';
import type { Reconstruction } from '../families/family';

/**
 * −ln x_θ(x_0 | x_0) at every position of the loss, with σ = 0.
 * @param counted name of a feed [N] that is 0 at padding only
 */
export function reconstructionTerm(vocabSize: number, counted: string): Reconstruction {
  return {
    input(clean, noise) {
      const ids = tf.reshape(hardIds(clean), clean.ids.shape);
      return { input: { ids }, ids, sigma: tf.zerosLike(noise['sigma']!), positions: noise['positions']! };
    },
    loss(logProbs, clean, { positions }, noise) {
      const isCounted = tf.cast(tf.notEqual(noise[counted]!, 0), 'float32');
      const term = clean.soft
        ? softCrossEntropy(logProbs, simplexRows(clean, positions, vocabSize))
        : tf.neg(pickEntries(logProbs, tf.gather(tf.reshape(clean.ids, [-1]), positions as tf.Tensor1D)));
      return tf.mul(term, isCounted);
    },
  };
}

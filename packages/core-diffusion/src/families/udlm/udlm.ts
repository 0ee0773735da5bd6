import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from '../../tensors/check-shape';
import { logSoftmax } from '../../tensors/log-softmax';
import { checkBatch } from '../../noise/check-batch';
import { simplexRows } from '../../noise/clean-tokens';
import type { Family } from '../family';
import type { UdlmOptions } from './options';
import { udlmSampling } from './sampling';
import { reconstructionTerm } from '../../losses/reconstruction';
import { uniformNelbo } from './uniform-nelbo';
import { drawMoves, moveTokens, signalFeeds } from '../../noise/uniform-noise';

/** The NELBO of the uniform process at the noisy positions. */
export function uniformLoss(vocabSize: number): Family['loss'] {
  return (logProbs, clean, { ids, positions }, noise) => {
    checkShape('logProbs', logProbs, 'N V', { N: positions.size, V: vocabSize });
    const at = (flat: tf.Tensor) => tf.gather(flat, positions as tf.Tensor1D);
    const tokens = clean.soft ? simplexRows(clean, positions, vocabSize) : at(tf.reshape(clean.ids, [-1]));
    const level = { alpha: noise['alpha']!, coefficient: noise['coefficient']! };
    return { perPosition: uniformNelbo(logProbs, tokens, at(tf.reshape(ids, [-1])), level) };
  };
}

/** The device half that all families of the uniform process with a mean parameterization share. */
export function uniformTraining(vocabSize: number, reconstruction: boolean) {
  return {
    corrupt: moveTokens,
    toLogProbs: logSoftmax,
    loss: uniformLoss(vocabSize),
    ...(reconstruction ? { reconstruction: reconstructionTerm(vocabSize, 'coefficient') } : {}),
  } satisfies Partial<Family>;
}

/**
 * Uniform-state diffusion on hard tokens: the uniform process, the mean parameterization log softmax, and its
 * continuous-time NELBO at every position.
 * @throws InputError for fewer than 2 tokens
 * Source: UDLM (arXiv 2412.10193).
 */
export function udlm(options: UdlmOptions): Family {
  const { vocabSize, reconstruction = false } = options;
  const sampling = udlmSampling(options);
  const { schedule } = sampling;
  return {
    ...sampling,
    ...uniformTraining(vocabSize, reconstruction),
    noise(clean, times, random, noise = {}) {
      checkBatch(clean, times, noise.valid);
      const alpha = times.map(schedule.alpha);
      return {
        ...signalFeeds(clean, { alpha, dAlpha: times.map(schedule.dAlpha) }, vocabSize, noise),
        ...drawMoves(clean, alpha, vocabSize, random, noise.valid),
      };
    },
  };
}

import * as tf from '@tensorflow/tfjs-core';
import { uniform } from '../processes/uniform';
import { logLinear } from '../schedules/log-linear';
import type { NoiseSchedule } from '../schedules/schedule';
import { checkShape } from '../tensors/check-shape';
import { logSoftmax } from '../tensors/log-softmax';
import { checkBatch } from './check-batch';
import { simplexRows } from './clean-tokens';
import type { Family } from './family';
import { normaliseRow } from './normalise-row';
import { reconstructionTerm } from './reconstruction';
import { uniformNelbo } from './uniform-nelbo';
import { drawMoves, moveTokens, signalFeeds } from './uniform-noise';

/** What a UDLM family is made of. */
export interface UdlmOptions {
  /** V: the tokens that there are; there is no mask. */
  readonly vocabSize: number;
  /** Log-linear by default. */
  readonly schedule?: NoiseSchedule;
  /**
   * Adds −ln x_θ(x_0 | x_0) at σ = 0, as the UDLM repository does (default false, as Duo: the bound then ends at the
   * schedule's noise of t = 0, which is none).
   */
  readonly reconstruction?: boolean;
}

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

/** What all families of the uniform process with a mean parameterization share. */
export function uniformFamily({ vocabSize, schedule = logLinear(), reconstruction = false }: UdlmOptions) {
  return {
    schedule,
    process: uniform({ vocabSize }),
    toLogProbs: logSoftmax,
    loss: uniformLoss(vocabSize),
    ...(reconstruction ? { reconstruction: reconstructionTerm(vocabSize, 'coefficient') } : {}),
    rowToLogProbs: normaliseRow,
  } satisfies Partial<Family>;
}

/**
 * Uniform-state diffusion on hard tokens: the uniform process, the mean parameterization log softmax, and its
 * continuous-time NELBO at every position.
 * @throws InputError for fewer than 2 tokens
 * Source: UDLM (arXiv 2412.10193).
 */
export function udlm(options: UdlmOptions): Family {
  const shared = uniformFamily(options);
  const { schedule } = shared;
  return {
    ...shared,
    spec: {
      name: 'udlm',
      options: {
        schedule: { name: schedule.spec.name, options: schedule.spec.options ?? {} },
        reconstruction: options.reconstruction ?? false,
      },
    },
    noise(clean, times, random, noise = {}) {
      checkBatch(clean, times, noise.valid);
      const alpha = times.map(schedule.alpha);
      return {
        ...signalFeeds(clean, { alpha, dAlpha: times.map(schedule.dAlpha) }, options.vocabSize, noise),
        ...drawMoves(clean, alpha, options.vocabSize, random, noise.valid),
      };
    },
    corrupt: moveTokens,
  };
}

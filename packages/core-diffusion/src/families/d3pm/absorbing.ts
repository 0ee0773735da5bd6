import * as tf from '@tensorflow/tfjs-core';
import { cleanCrossEntropy } from '../../losses/clean-cross-entropy';
import { reconstruction } from '../../losses/reconstruction';
import { type MarkedBatch, checkBatch } from '../../noise/batch';
import { drawMasks, maskTokens } from '../../noise/masks';
import type { NoiseOptions } from '../../noise/noise';
import { nestedTrajectory } from '../../noise/trajectory';
import type { RandomStream } from '../../random/stream';
import { logSoftmax, maskedLogSoftmax } from '../../tensors/log-softmax';
import type { Family } from '../family';
import { STEPS, gridLevels } from './grid';
import { type D3pmNoise, d3pmNoise } from './noise';
import type { D3pmOptions } from './options';
import { d3pmSampling } from './sampling';

/**
 * Absorbing diffusion in T discrete steps: T times the KL of each step's posteriors at masked positions, and, unless the
 * parameterization keeps what is visible, −ln x_θ(x_0 | x_0). Tends to `mdlm` as T grows.
 * @throws InputError unless T is a whole number of at least 1
 * Source: D3PM (arXiv 2107.03006); the form of the MDLM repository, `_d3pm_loss`.
 */
export function d3pm(options: D3pmOptions): Family<D3pmNoise> {
  const { maskId, steps = STEPS, parameterization = 'subs' } = options;
  const sampling = d3pmSampling(options);
  const reconstructs = parameterization !== 'subs';
  function noise(clean: MarkedBatch, times: Float64Array, random: RandomStream, more?: NoiseOptions) {
    checkBatch(clean, times);
    const levels = Array.from(times, (t) => gridLevels(sampling.schedule, steps, t));
    const masked = drawMasks(
      clean,
      levels.map(({ alphaT }) => alphaT),
      random,
    );
    return d3pmNoise(masked, clean, levels, reconstructs, more);
  }
  return {
    ...sampling,
    noise,
    trajectory: nestedTrajectory(noise),
    corrupt: maskTokens(maskId),
    perSlot: ['hidden', 'revealed', 'oddsT', 'oddsS'],
    toLogProbs: (logits) => maskedLogSoftmax(logits, maskId),
    // The loss alone sees what the network gives to the mask: no clean token is one, so none is drawn.
    ...(parameterization === 'mean' ? { parameterize: logSoftmax } : {}),
    loss(logProbs, clean, { positions }, { hidden, revealed, oddsT, oddsS }) {
      // Probability that x_θ gives to the mask.
      const masked = tf.exp(tf.reshape(tf.slice(logProbs, [0, maskId], [-1, 1]), [-1]));
      const [late, early] = [tf.log1p(tf.mul(oddsT, masked)), tf.log1p(tf.mul(oddsS, masked))];
      const kl = tf.add(
        tf.mul(revealed, tf.add(late, cleanCrossEntropy(logProbs, clean, positions))),
        tf.mul(tf.sub(1, revealed), tf.sub(late, early)),
      );
      return { perPosition: tf.mul(kl, tf.mul(hidden, steps)) };
    },
    ...(reconstructs ? { reconstruction } : {}),
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { reconstruction } from '../../losses/reconstruction';
import { type MarkedBatch, checkBatch } from '../../noise/batch';
import { simplexAt } from '../../noise/clean-tokens';
import { drawMoves, moveTokens } from '../../noise/moves';
import type { NoiseOptions } from '../../noise/noise';
import { countedSlots } from '../../noise/positions';
import { nestedTrajectory } from '../../noise/trajectory';
import type { RandomStream } from '../../random/stream';
import { logSoftmax } from '../../tensors/log-softmax';
import { oneHotRows, pickEntries, tokensAt } from '../../tensors/rows';
import type { Family } from '../family';
import { STEPS, gridLevels } from './grid';
import { type UniformD3pmNoise, uniformD3pmLevels } from './noise';
import type { UniformD3pmOptions } from './options';
import { uniformD3pmSampling } from './sampling';

/** q(x_s | x_t = z, x_0 ~ x) of every row, [N, V]. */
function posteriorRows(x: Tensor, noisy: Tensor, alphaT: Tensor, alphaS: Tensor): Tensor {
  const width = x.shape[1]!;
  const current = oneHotRows(noisy, width);
  const column = (value: Tensor) => tf.expandDims(value, 1);
  const step = tf.div(alphaT, alphaS);
  const kept = tf.mul(current, tf.add(tf.mul(x, column(tf.mul(alphaT, width))), column(tf.sub(step, alphaT))));
  const spread = tf.add(
    tf.mul(x, column(tf.sub(alphaS, alphaT))),
    column(tf.div(tf.mul(tf.sub(1, step), tf.sub(1, alphaS)), width)),
  );
  const total = tf.add(tf.mul(pickEntries(x, noisy), tf.mul(alphaT, width)), tf.sub(1, alphaT));
  return tf.div(tf.add(kept, spread), column(total));
}

/** Keeps logarithms of impossible outcomes finite, as the reference does. */
const TINY = 1e-12;

/**
 * Uniform-state diffusion in T discrete steps: T times the KL of each step's posteriors, and −ln x_θ(x_0 | x_0). Tends to
 * `udlm` as T grows.
 * @throws InputError unless T is a whole number of at least 1
 * Source: D3PM (arXiv 2107.03006) with uniform transitions; the form of the UDLM repository.
 */
export function uniformD3pm(options: UniformD3pmOptions): Family<UniformD3pmNoise> {
  const { vocabSize, steps = STEPS, reconstruction: reconstructs = true } = options;
  const sampling = uniformD3pmSampling(options);
  function noise(clean: MarkedBatch, times: Float64Array, random: RandomStream, more?: NoiseOptions) {
    checkBatch(clean, times);
    const levels = Array.from(times, (t) => gridLevels(sampling.schedule, steps, t));
    const alpha = levels.map(({ alphaT }) => alphaT);
    return { ...uniformD3pmLevels(clean, levels, more), ...drawMoves(clean, alpha, vocabSize, random) };
  }
  return {
    ...sampling,
    noise,
    trajectory: nestedTrajectory(noise),
    corrupt: moveTokens,
    perSlot: ['alpha', 'earlier'],
    toLogProbs: logSoftmax,
    loss(logProbs, clean, { ids, positions }, given) {
      const noisy = tokensAt(ids, positions);
      const posterior = (x: Tensor) => posteriorRows(x, noisy, given.alpha, given.earlier);
      const [q, p] = [posterior(simplexAt(clean, positions, vocabSize)), posterior(tf.exp(logProbs))];
      const kl = tf.sum(tf.mul(q, tf.sub(tf.log(tf.add(q, TINY)), tf.log(p))), 1);
      return { perPosition: tf.mul(kl, tf.mul(countedSlots(given), steps)) };
    },
    ...(reconstructs ? { reconstruction } : {}),
  };
}

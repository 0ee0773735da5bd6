import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../../processes/process';
import { floatFeed } from '../../tensors/feeds';
import { pickEntries } from '../../tensors/rows';
import { checkBatch } from '../../noise/check-batch';
import { simplexRows } from '../../noise/clean-tokens';
import type { UniformD3pmOptions } from './options';
import { uniformD3pmSampling } from './sampling';
import { type StepLevels, gridLevels } from './grid';
import type { Family, Feeds, NoiseOptions } from '../family';
import { uniformTraining } from '../udlm/udlm';
import { drawMoves, signalFeeds } from '../../noise/uniform-noise';

/** The feeds of one batch: those of the uniform process, and the earlier level of each position. */
export function uniformD3pmFeeds(
  { batch, length }: Omit<TokenBatch, 'ids'>,
  levels: readonly StepLevels[],
  vocabSize: number,
  noise: NoiseOptions = {},
): Feeds {
  const alpha = levels.map(({ alphaT }) => alphaT);
  const shared = signalFeeds(
    { batch, length },
    { alpha, dAlpha: alpha.map((value) => value * vocabSize) },
    vocabSize,
    noise,
  );
  const earlier = Float32Array.from(
    shared['positions']!.values,
    (position) => levels[Math.floor(position / length)]!.alphaS,
  );
  // `coefficient` of the shared feeds is now 1 at every position and 0 at padding.
  return { ...shared, earlier: floatFeed(earlier) };
}

/** q(x_s | x_t = z, x_0 ~ x) of every row, [N, V]. */
function posteriorRows(x: Tensor, noisy: Tensor, alphaT: Tensor, alphaS: Tensor): Tensor {
  const width = x.shape[1]!;
  const current = tf.cast(tf.oneHot(noisy as tf.Tensor1D, width), 'float32');
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
export function uniformD3pm(options: UniformD3pmOptions): Family {
  const { vocabSize, steps = 1000, reconstruction = true } = options;
  const sampling = uniformD3pmSampling(options);
  const { schedule } = sampling;
  return {
    ...sampling,
    ...uniformTraining(vocabSize, reconstruction),
    noise(clean, times, random, noise = {}) {
      checkBatch(clean, times, noise.valid);
      const levels = Array.from(times, (t) => gridLevels(schedule, steps, t));
      const alpha = levels.map(({ alphaT }) => alphaT);
      return {
        ...uniformD3pmFeeds(clean, levels, vocabSize, noise),
        ...drawMoves(clean, alpha, vocabSize, random, noise.valid),
      };
    },
    loss(logProbs, clean, { ids, positions }, noise) {
      const noisy = tf.gather(tf.reshape(ids, [-1]), positions as tf.Tensor1D);
      const posterior = (x: Tensor) => posteriorRows(x, noisy, noise['alpha']!, noise['earlier']!);
      const [q, p] = [posterior(simplexRows(clean, positions, vocabSize)), posterior(tf.exp(logProbs))];
      const kl = tf.sum(tf.mul(q, tf.sub(tf.log(tf.add(q, TINY)), tf.log(p))), 1);
      return { perPosition: tf.mul(kl, tf.mul(noise['coefficient']!, steps)) };
    },
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type MarkedBatch, checkBatch } from '../../noise/batch';
import { cleanAt } from '../../noise/clean-tokens';
import { drawMasks, maskTokens } from '../../noise/masks';
import { drawMoves, moveTokens, uniformLevels } from '../../noise/moves';
import type { NoiseOptions, NoisyTokens } from '../../noise/noise';
import { lossPlaces } from '../../noise/positions';
import { nestedTrajectory } from '../../noise/trajectory';
import type { RandomStream } from '../../random/stream';
import { checkShape } from '../../tensors/check-shape';
import { floatFeed } from '../../tensors/feeds';
import { logSoftmax, maskedLogSoftmax } from '../../tensors/log-softmax';
import { batchRowsAt, oneHotRows, tokensAt } from '../../tensors/rows';
import type { Family } from '../family';
import type { MaskedSeddNoise, UniformSeddNoise } from './noise';
import type { SeddOptions } from './options';
import { absorbingSeddSampling, chooseSedd, uniformSeddSampling } from './sampling';
import { absorbingScoreEntropy, uniformScoreEntropy } from './score-entropy';

/** σ of each slot, [N, 1]. */
const sigmaAt = ({ ids, sigma, positions }: NoisyTokens): Tensor =>
  tf.expandDims(tf.gather(sigma, batchRowsAt(positions, ids.shape[1]!) as tf.Tensor1D), 1);

function absorbingSedd(options: SeddOptions & { readonly maskId: number }): Family<MaskedSeddNoise> {
  const { vocabSize, maskId, scaleBySigma = true } = options;
  const sampling = absorbingSeddSampling(options);
  const { schedule } = sampling;
  const notMask = Float32Array.from({ length: vocabSize }, (_, v) => Number(v !== maskId));
  function noise(clean: MarkedBatch, times: Float64Array, random: RandomStream, { bucket }: NoiseOptions = {}) {
    checkBatch(clean, times);
    const masked = drawMasks(clean, times.map(schedule.alpha), random);
    const places = lossPlaces(masked.values, clean.length, bucket);
    const [rates, sigmas] = [times.map(schedule.dSigma), times.map(schedule.sigma)];
    return {
      ...places.feeds,
      masked,
      sigma: floatFeed(sigmas),
      rate: places.perSlot((b) => rates[b]!),
      // A finite ratio at padding, where the rate is 0.
      ratio: places.perSlot((b) => Math.expm1(sigmas[b]!), 1),
    };
  }
  return {
    ...sampling,
    noise,
    trajectory: nestedTrajectory(noise),
    corrupt: maskTokens(maskId),
    perSlot: ['rate', 'ratio'],
    parameterize(logits, noisy) {
      const scale = tf.add(tf.log(tf.expm1(sigmaAt(noisy))), Math.log(vocabSize - 1));
      return tf.mul(scaleBySigma ? tf.sub(logits, scale) : logits, tf.tensor1d(notMask));
    },
    toLogProbs: (logits) => maskedLogSoftmax(logits, maskId),
    loss(logScores, clean, { positions }, { ratio, rate }) {
      checkShape('logScores', logScores, 'N V', { N: positions.size, V: vocabSize });
      const tokens = cleanAt(clean, positions, vocabSize);
      return { perPosition: tf.mul(absorbingScoreEntropy(logScores, tokens, ratio), rate) };
    },
  };
}

/** The smallest probability that scores are held to imply on the device, where gradients must stay finite. */
const FLOOR = 1e-8;

/**
 * The law of the clean token given its noisy one that scores S imply at noise σ, for students to draw from: A ⊙ R with
 * A = e^σ S + (1 − e^σ) mean S and the transition's row R, [N, V]. Poor scores imply negative entries, which are raised.
 * Source: SEDD, Tweedie denoising to σ = 0.
 */
function uniformLogProbs(logScores: Tensor, noisy: Tensor, sigma: Tensor): Tensor {
  const width = logScores.shape[1]!;
  const growth = tf.exp(sigma);
  const scores = tf.exp(logScores);
  const staggered = tf.add(tf.mul(scores, growth), tf.mul(tf.sub(1, growth), tf.mean(scores, 1, true)));
  const moved = tf.div(tf.sub(1, tf.exp(tf.neg(sigma))), width);
  const stays = oneHotRows(noisy, width);
  const transition = tf.add(moved, tf.mul(stays, tf.exp(tf.neg(sigma))));
  return logSoftmax(tf.log(tf.maximum(tf.mul(staggered, transition), FLOOR)));
}

function uniformSedd(options: SeddOptions): Family<UniformSeddNoise> {
  const { vocabSize } = options;
  const sampling = uniformSeddSampling(options);
  const { schedule } = sampling;
  const scoresOf = (logits: Tensor, { ids, positions }: NoisyTokens) =>
    tf.mul(logits, tf.sub(1, oneHotRows(tokensAt(ids, positions), vocabSize)));
  function noise(clean: MarkedBatch, times: Float64Array, random: RandomStream, more?: NoiseOptions) {
    checkBatch(clean, times);
    const [alpha, rates] = [times.map(schedule.alpha), times.map(schedule.dSigma)];
    const { places, levels } = uniformLevels(clean, alpha, more);
    return { ...levels, rate: places.perSlot((b) => rates[b]!), ...drawMoves(clean, alpha, vocabSize, random) };
  }
  return {
    ...sampling,
    noise,
    trajectory: nestedTrajectory(noise),
    corrupt: moveTokens,
    perSlot: ['rate', 'alpha'],
    parameterize: scoresOf,
    toLogProbs: (logits, noisy) =>
      uniformLogProbs(scoresOf(logits, noisy), tokensAt(noisy.ids, noisy.positions), sigmaAt(noisy)),
    loss(logScores, clean, { ids, positions }, { alpha, rate }) {
      checkShape('logScores', logScores, 'N V', { N: positions.size, V: vocabSize });
      const tokens = cleanAt(clean, positions, vocabSize);
      return { perPosition: tf.mul(uniformScoreEntropy(logScores, tokens, tokensAt(ids, positions), alpha), rate) };
    },
  };
}

/**
 * Score entropy discrete diffusion: the network predicts ratios q_t(y)/q_t(x_t), trained on σ′(t) times their score
 * entropy. Its tokens under `inverseObjective` are those that the scores imply.
 * @throws InputError for a mask outside the vocabulary, fewer than 2 tokens, a schedule whose σ(1) is infinite, or `scaleBySigma`
 * without a mask
 * Source: SEDD (arXiv 2310.16834).
 * @example
 * ```ts
 * import { sedd } from '@idlm/core-diffusion';
 *
 * console.log(sedd({ vocabSize: 28, maskId: 27 }).process.kind); // → absorbing
 * console.log(sedd({ vocabSize: 27 }).process.kind); // → uniform
 * ```
 */
export const sedd = (options: SeddOptions): Family =>
  chooseSedd<Family>(options, { absorbing: absorbingSedd, uniform: uniformSedd });

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkShape } from '../../tensors/check-shape';
import { floatFeed } from '../../tensors/feeds';
import { logSoftmax, maskedLogSoftmax } from '../../tensors/log-softmax';
import { drawMasks, maskTokens } from '../../noise/absorbing-noise';
import { checkBatch } from '../../noise/check-batch';
import { simplexRows } from '../../noise/clean-tokens';
import type { CleanTokens, Family, Feeds, NoisyTokens } from '../family';
import type { SeddOptions } from './options';
import { absorbingSeddSampling, chooseSedd, uniformSeddSampling } from './sampling';
import { absorbingScoreEntropy, uniformScoreEntropy } from './score-entropy';
import { drawMoves, moveTokens, signalFeeds } from '../../noise/uniform-noise';

/** The batch row of each noisy position, int32 [N]. */
const rowsOfPositions = ({ ids, positions }: NoisyTokens): Tensor =>
  tf.floorDiv(positions, tf.scalar(ids.shape[1]!, 'int32'));

/** σ of each noisy position, [N, 1]. */
const sigmaAt = (noisy: NoisyTokens): Tensor =>
  tf.expandDims(tf.gather(noisy.sigma, rowsOfPositions(noisy) as tf.Tensor1D), 1);

/** The noisy token of each position, int32 [N]. */
const tokensAt = ({ ids, positions }: NoisyTokens): Tensor =>
  tf.gather(tf.reshape(ids, [-1]), positions as tf.Tensor1D);

/** Clean tokens at the noisy positions: ids [N] where all are hard, else rows of the simplex [N, V]. */
const cleanAt = (clean: CleanTokens, positions: Tensor, vocabSize: number): Tensor =>
  clean.soft
    ? simplexRows(clean, positions, vocabSize)
    : tf.gather(tf.reshape(clean.ids, [-1]), positions as tf.Tensor1D);

function absorbingSedd(options: SeddOptions & { readonly maskId: number }): Family {
  const { vocabSize, maskId, scaleBySigma = true } = options;
  const sampling = absorbingSeddSampling(options);
  const { schedule } = sampling;
  const notMask = Float32Array.from({ length: vocabSize }, (_, v) => Number(v !== maskId));
  return {
    ...sampling,
    noise(clean, times, random, noise = {}): Feeds {
      const levels = {
        alpha: times.map(schedule.alpha),
        weight: times.map(schedule.dSigma),
        sigma: times.map(schedule.sigma),
      };
      const feeds = drawMasks(clean, levels, random, noise);
      const positions = feeds['positions']!.values;
      const ratio = floatFeed(
        Float32Array.from(positions, (position) =>
          Math.expm1(schedule.sigma(times[Math.floor(position / clean.length)]!)),
        ),
      );
      return { ...feeds, ratio };
    },
    corrupt: maskTokens(maskId),
    parameterize(logits, noisy) {
      const scale = tf.add(tf.log(tf.expm1(sigmaAt(noisy))), Math.log(vocabSize - 1));
      return tf.mul(scaleBySigma ? tf.sub(logits, scale) : logits, tf.tensor1d(notMask));
    },
    toLogProbs: (logits) => maskedLogSoftmax(logits, maskId),
    loss(logScores, clean, { positions }, noise) {
      checkShape('logScores', logScores, 'N V', { N: positions.size, V: vocabSize });
      const tokens = cleanAt(clean, positions, vocabSize);
      return { perPosition: tf.mul(absorbingScoreEntropy(logScores, tokens, noise['ratio']!), noise['weight']!) };
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
  const stays = tf.cast(tf.oneHot(noisy as tf.Tensor1D, width), 'float32');
  const transition = tf.add(moved, tf.mul(stays, tf.exp(tf.neg(sigma))));
  return logSoftmax(tf.log(tf.maximum(tf.mul(staggered, transition), FLOOR)));
}

function uniformSedd(options: SeddOptions): Family {
  const { vocabSize } = options;
  const sampling = uniformSeddSampling(options);
  const { schedule } = sampling;
  const scoresOf = (logits: Tensor, noisy: NoisyTokens) => {
    const current = tf.oneHot(tokensAt(noisy) as tf.Tensor1D, vocabSize);
    return tf.mul(logits, tf.sub(1, tf.cast(current, 'float32')));
  };
  return {
    ...sampling,
    noise(clean, times, random, noise = {}) {
      checkBatch(clean, times, noise.valid);
      const alpha = times.map(schedule.alpha);
      // The coefficient of these feeds carries σ′, the weight of the score entropy.
      const dAlpha = times.map((t, b) => schedule.dSigma(t) * vocabSize * alpha[b]!);
      return {
        ...signalFeeds(clean, { alpha, dAlpha }, vocabSize, noise),
        ...drawMoves(clean, alpha, vocabSize, random, noise.valid),
      };
    },
    corrupt: moveTokens,
    parameterize: scoresOf,
    toLogProbs: (logits, noisy) => uniformLogProbs(scoresOf(logits, noisy), tokensAt(noisy), sigmaAt(noisy)),
    loss(logScores, clean, noisy, noise) {
      checkShape('logScores', logScores, 'N V', { N: noisy.positions.size, V: vocabSize });
      const tokens = cleanAt(clean, noisy.positions, vocabSize);
      const entropy = uniformScoreEntropy(logScores, tokens, tokensAt(noisy), noise['alpha']!);
      return { perPosition: tf.mul(entropy, noise['coefficient']!) };
    },
  };
}

/**
 * Score entropy discrete diffusion: the network predicts ratios q_t(y)/q_t(x_t), trained on σ′(t) times their score
 * entropy. Its tokens under `inverseObjective` are those that the scores imply.
 * @throws InputError for a mask outside the vocabulary, fewer than 2 tokens, a schedule whose σ(1) is infinite, or `scaleBySigma`
 * without a mask
 * Source: SEDD (arXiv 2310.16834).
 */
export const sedd = (options: SeddOptions): Family =>
  chooseSedd(options, { absorbing: absorbingSedd, uniform: uniformSedd });

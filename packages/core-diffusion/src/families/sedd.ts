import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { InputError } from '../errors';
import { absorbing } from '../processes/absorbing';
import { uniform } from '../processes/uniform';
import { logLinear } from '../schedules/log-linear';
import type { NoiseSchedule } from '../schedules/schedule';
import { checkShape } from '../tensors/check-shape';
import { floatFeed } from '../tensors/feeds';
import { NEGATIVE_INFINITY, logSoftmax, maskedLogSoftmax } from '../tensors/log-softmax';
import { drawMasks, maskTokens } from './absorbing-noise';
import { checkBatch } from './check-batch';
import { simplexRows } from './clean-tokens';
import type { CleanTokens, Family, Feeds, NoisyTokens } from './family';
import { subsRow } from './normalise-row';
import { absorbingScoreEntropy, uniformScoreEntropy } from './score-entropy';
import { drawMoves, moveTokens, signalFeeds } from './uniform-noise';

/** What a SEDD family is made of. */
export interface SeddOptions {
  /** Entries of a row of scores, the mask included where there is one. */
  readonly vocabSize: number;
  /** Present: the absorbing process with this mask. Absent: the uniform process. */
  readonly maskId?: number;
  /** Log-linear by default; the SEDD repository also has geometric. */
  readonly schedule?: NoiseSchedule;
  /** Absorbing only: subtract ln(e^σ − 1) + ln(K − 1) from the network's output, so that it need not grow (default true). */
  readonly scaleBySigma?: boolean;
}

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

/** What is subtracted from the absorbing network's output. */
const scaleOf = (sigma: number, vocabSize: number): number => Math.log(Math.expm1(sigma)) + Math.log(vocabSize - 1);

const specOf = (schedule: NoiseSchedule, process: string, more: Record<string, boolean> = {}) => ({
  name: 'sedd',
  options: { process, schedule: { name: schedule.spec.name, options: schedule.spec.options ?? {} }, ...more },
});

function absorbingSedd(options: SeddOptions & { readonly maskId: number }): Family {
  const { vocabSize, maskId, schedule = logLinear(), scaleBySigma = true } = options;
  const notMask = Float32Array.from({ length: vocabSize }, (_, v) => Number(v !== maskId));
  return {
    spec: specOf(schedule, 'absorbing', { scaleBySigma }),
    schedule,
    process: absorbing({ vocabSize, maskId }),
    noise(clean, times, random, options = {}): Feeds {
      const levels = {
        alpha: times.map(schedule.alpha),
        weight: times.map(schedule.dSigma),
        sigma: times.map(schedule.sigma),
      };
      const feeds = drawMasks(clean, levels, random, options);
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
    rowToLogProbs: (logits, current) => subsRow(logits, current, maskId),
    rowToLogScores(logits, current, t) {
      const scale = scaleBySigma ? scaleOf(schedule.sigma(t), vocabSize) : 0;
      // Nothing but a mask ever moves.
      for (let v = 0; v < vocabSize; v++) logits[v] = current === maskId ? logits[v]! - scale : NEGATIVE_INFINITY;
      logits[current] = 0;
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

/**
 * x_θ for samplers, in place of a row's log-scores: A alone, normalised, without the negative entries of poor scores. It is the
 * law of the token given the others only, as the NELBO of the uniform process has it, since `ForwardProcess.posterior` brings
 * in the noisy token itself; on A ⊙ R that token would count twice.
 */
function uniformRow(row: Float64Array, sigma: number): void {
  const growth = Math.exp(sigma);
  let mean = 0;
  for (let v = 0; v < row.length; v++) mean += (row[v] = Math.exp(row[v]!)) / row.length;
  let total = 0;
  for (let v = 0; v < row.length; v++) total += row[v] = Math.max(0, growth * row[v]! + (1 - growth) * mean);
  for (let v = 0; v < row.length; v++) row[v] = Math.max(NEGATIVE_INFINITY, Math.log(row[v]! / total));
}

function uniformSedd({ vocabSize, schedule = logLinear() }: SeddOptions): Family {
  const scoresOf = (logits: Tensor, noisy: NoisyTokens) => {
    const current = tf.oneHot(tokensAt(noisy) as tf.Tensor1D, vocabSize);
    return tf.mul(logits, tf.sub(1, tf.cast(current, 'float32')));
  };
  return {
    spec: specOf(schedule, 'uniform'),
    schedule,
    process: uniform({ vocabSize }),
    noise(clean, times, random, options = {}) {
      checkBatch(clean, times, options.valid);
      const alpha = times.map(schedule.alpha);
      // The coefficient of these feeds carries σ′, the weight of the score entropy.
      const dAlpha = times.map((t, b) => schedule.dSigma(t) * vocabSize * alpha[b]!);
      return {
        ...signalFeeds(clean, { alpha, dAlpha }, vocabSize, options),
        ...drawMoves(clean, alpha, vocabSize, random, options.valid),
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
    rowToLogProbs(logits, current, t) {
      logits[current] = 0;
      uniformRow(logits, schedule.sigma(t));
    },
    rowToLogScores(logits, current) {
      logits[current] = 0;
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
export function sedd(options: SeddOptions): Family {
  const { maskId, schedule = logLinear(), scaleBySigma } = options;
  if (!(schedule.sigma(1) < Infinity))
    throw new InputError(
      `SEDD needs a schedule with signal left at t = 1, where sigma must be finite; ${schedule.spec.name} has none.`,
    );
  if (maskId !== undefined) return absorbingSedd({ ...options, maskId });
  if (scaleBySigma !== undefined)
    throw new InputError('Only the absorbing sedd family scales by sigma; leave scaleBySigma out of the uniform one.');
  return uniformSedd(options);
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../../processes/process';
import { floatFeed, intFeed } from '../../tensors/feeds';
import { logSoftmax, maskedLogSoftmax } from '../../tensors/log-softmax';
import { pickEntries, softCrossEntropy } from '../../tensors/rows';
import { drawMasks, maskTokens } from '../../noise/absorbing-noise';
import { simplexRows } from '../../noise/clean-tokens';
import { type StepLevels, gridLevels } from './grid';
import type { CleanTokens, Family, Feeds, NoiseOptions } from '../family';
import type { D3pmOptions } from './options';
import { d3pmSampling } from './sampling';
import { padPositions, rowsOf } from '../../noise/positions';
import { reconstructionTerm } from '../../losses/reconstruction';

/**
 * The feeds of one batch with the given masks, at all valid positions where clean tokens are to be reconstructed.
 * @param levels α of each row at both ends of its step [B]
 */
export function d3pmFeeds(
  masks: Feeds,
  { batch, length }: Omit<TokenBatch, 'ids'>,
  levels: readonly StepLevels[],
  reconstructs: boolean,
  { valid, bucket }: NoiseOptions = {},
): Feeds {
  const total = batch * length;
  const pattern = masks['masked']!.values;
  const all: number[] = [];
  for (let i = 0; i < total; i++) if (reconstructs ? !valid || valid[i] === 1 : pattern[i]) all.push(i);
  const positions = reconstructs && !valid ? Int32Array.from(all) : padPositions(Int32Array.from(all), total, bucket);
  const at = (value: (position: number, levels: StepLevels) => number) =>
    floatFeed(
      Float32Array.from(positions, (position, n) =>
        n < all.length ? value(position, levels[Math.floor(position / length)]!) : 0,
      ),
    );
  return {
    ...masks,
    positions: intFeed(positions),
    rows: intFeed(rowsOf(all, total)),
    weight: at((position) => Number(pattern[position]! > 0)),
    counted: at(() => 1),
    /** (α_s − α_t)/(1 − α_t): the chance that a mask is revealed in this step. */
    revealed: at((_, { alphaT, alphaS }) => (alphaS - alphaT) / (1 - alphaT)),
    oddsT: at((_, { alphaT }) => alphaT / (1 - alphaT)),
    /** The last step has no mask left; its term has a coefficient of 0, whose limit is 0. */
    oddsS: at((_, { alphaS }) => (alphaS < 1 - 1e-9 ? alphaS / (1 - alphaS) : 0)),
  };
}

/** −Σ_v x_v ln x_θ,v at each position [N]. */
function cleanLoss(logProbs: Tensor, clean: CleanTokens, positions: Tensor): Tensor {
  if (clean.soft) return softCrossEntropy(logProbs, simplexRows(clean, positions, logProbs.shape[1]!));
  return tf.neg(pickEntries(logProbs, tf.gather(tf.reshape(clean.ids, [-1]), positions as tf.Tensor1D)));
}

/**
 * Absorbing diffusion in T discrete steps: T times the KL of each step's posteriors at masked positions, and, unless the
 * parameterization keeps what is visible, −ln x_θ(x_0 | x_0). Tends to `mdlm` as T grows.
 * @throws InputError unless T is a whole number of at least 1
 * Source: D3PM (arXiv 2107.03006); the form of the MDLM repository, `_d3pm_loss`.
 */
export function d3pm(options: D3pmOptions): Family {
  const { vocabSize, maskId, steps = 1000, parameterization = 'subs' } = options;
  const sampling = d3pmSampling(options);
  const { schedule } = sampling;
  const reconstructs = parameterization !== 'subs';
  return {
    ...sampling,
    noise(clean, times, random, noise = {}) {
      const levels = Array.from(times, (t) => gridLevels(schedule, steps, t));
      const alpha = levels.map(({ alphaT }) => alphaT);
      const sigma = alpha.map((value) => -Math.log(value));
      const masks = drawMasks(clean, { alpha, weight: alpha, sigma }, random, noise);
      return d3pmFeeds(masks, clean, levels, reconstructs, noise);
    },
    corrupt: maskTokens(maskId),
    toLogProbs: (logits) => maskedLogSoftmax(logits, maskId),
    // The loss alone sees what the network gives to the mask: no clean token is one, so none is drawn.
    ...(parameterization === 'mean' ? { parameterize: logSoftmax } : {}),
    loss(logProbs, clean, { positions }, noise) {
      // Probability that x_θ gives to the mask.
      const masked = tf.exp(tf.reshape(tf.slice(logProbs, [0, maskId], [-1, 1]), [-1]));
      const [late, early] = [noise['oddsT']!, noise['oddsS']!].map((odds) => tf.log1p(tf.mul(odds, masked)));
      const revealed = noise['revealed']!;
      const kl = tf.add(
        tf.mul(revealed, tf.add(late!, cleanLoss(logProbs, clean, positions))),
        tf.mul(tf.sub(1, revealed), tf.sub(late!, early!)),
      );
      return { perPosition: tf.mul(kl, tf.mul(noise['weight']!, steps)) };
    },
    ...(reconstructs ? { reconstruction: reconstructionTerm(vocabSize, 'counted') } : {}),
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { importanceOf } from '../../schedules/importance';
import type { NoiseSchedule } from '../../schedules/schedule';
import { checkShape } from '../../tensors/check-shape';
import { crossEntropy } from '../../tensors/cross-entropy';
import { maskedLogSoftmax, withoutMask } from '../../tensors/log-softmax';
import { drawMasks, maskTokens } from '../../noise/absorbing-noise';
import { checkBatch } from '../../noise/check-batch';
import { existingRow, isSoft } from '../../noise/clean-tokens';
import type { CleanTokens, Family, LossTerms } from '../family';
import type { MdlmOptions } from './options';
import { mdlmSampling } from './sampling';

/** The time at which tokens are noised and the weight of their loss, for a time t drawn evenly. */
function timeAndWeight(
  schedule: NoiseSchedule,
  importanceSampling: boolean,
): (t: number) => readonly [time: number, weight: number] {
  if (!importanceSampling) return (t) => [t, -schedule.dAlpha(t) / (1 - schedule.alpha(t))];
  const { time, weight } = importanceOf(schedule);
  return (t) => [time(t), weight];
}

/** −Σ_v x_v ln x_θ,v at each position, for ids and for simplex rows, from logits without the mask. */
function cleanLoss(logits: Tensor, { ids, soft }: CleanTokens, positions: Tensor): Tensor {
  const tokens = tf.gather(tf.reshape(ids, [-1]), positions);
  if (!soft) return crossEntropy(logits, tokens);
  const rows = tf.gather(soft.rowOf, positions);
  return crossEntropy(logits, tokens, { probs: tf.gather(soft.probs, existingRow(rows)), chosen: isSoft(rows) });
}

/**
 * Masked diffusion: absorbing process, SUBS parameterization, continuous-time NELBO
 * −α′/(1−α) · (−Σ_v x_v ln x_θ,v) at masked positions.
 * @throws InputError for a mask outside the vocabulary, or importance sampling with a schedule that has none
 * Source: MDLM (arXiv 2406.07524), equations 8–11; soft x as in IDLM.
 */
export function mdlm(options: MdlmOptions): Family {
  const { vocabSize, maskId, importanceSampling = false } = options;
  const sampling = mdlmSampling(options);
  const { schedule } = sampling;
  const weightAt = timeAndWeight(schedule, importanceSampling);
  return {
    ...sampling,
    noise(clean, times, random, noise = {}) {
      checkBatch(clean, times, noise.valid);
      const rows = Array.from(times, weightAt);
      const levels = {
        alpha: rows.map(([t]) => schedule.alpha(t)),
        weight: rows.map(([, weight]) => weight),
        sigma: rows.map(([t]) => schedule.sigma(t)),
      };
      return drawMasks(clean, levels, random, noise);
    },
    corrupt: maskTokens(maskId),
    toLogProbs: (logits) => maskedLogSoftmax(logits, maskId),
    // The loss divides by the sum of each row itself, so that no log-probabilities are kept for its gradient.
    parameterize: (logits) => withoutMask(logits, maskId),
    loss(logits, clean, noisy, noise): LossTerms {
      checkShape('logits', logits, 'N V', { N: noisy.positions.size, V: vocabSize });
      return { perPosition: tf.mul(cleanLoss(logits, clean, noisy.positions), noise['weight']!) };
    },
  };
}

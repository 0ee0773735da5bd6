import * as tf from '@tensorflow/tfjs-core';
import { cleanCrossEntropyOfLogits } from '../../losses/clean-cross-entropy';
import type { MarkedBatch } from '../../noise/batch';
import { checkBatch } from '../../noise/batch';
import { drawMasks, maskTokens } from '../../noise/masks';
import type { NoiseOptions } from '../../noise/noise';
import { nestedTrajectory } from '../../noise/trajectory';
import type { RandomStream } from '../../random/stream';
import { importanceOf } from '../../schedules/importance';
import type { NoiseSchedule } from '../../schedules/schedule';
import { checkShape } from '../../tensors/check-shape';
import { maskedLogSoftmax, withoutMask } from '../../tensors/log-softmax';
import type { Family } from '../family';
import { type MdlmNoise, mdlmNoise } from './noise';
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

/**
 * Masked diffusion: absorbing process, SUBS parameterization, continuous-time NELBO
 * −α′/(1−α) · (−Σ_v x_v ln x_θ,v) at masked positions.
 * @throws InputError for a mask outside the vocabulary, or importance sampling with a schedule that has none
 * Source: MDLM (arXiv 2406.07524), equations 8–11; soft x as in IDLM.
 * @example
 * ```ts
 * import { mdlm, randomStream } from '@idlm/core-diffusion';
 *
 * const family = mdlm({ vocabSize: 28, maskId: 27 }); // 27 tokens and the mask
 * console.log(family.spec.name, family.process.prior(1, 3, randomStream(1)).join(' ')); // → mdlm 27 27 27
 * ```
 */
export function mdlm(options: MdlmOptions): Family<MdlmNoise> {
  const { vocabSize, maskId, importanceSampling = false } = options;
  const sampling = mdlmSampling(options);
  const { schedule } = sampling;
  const weightAt = timeAndWeight(schedule, importanceSampling);
  function noise(clean: MarkedBatch, times: Float64Array, random: RandomStream, { bucket }: NoiseOptions = {}) {
    checkBatch(clean, times);
    const levels = Array.from(times, weightAt);
    const alpha = levels.map(([t]) => schedule.alpha(t));
    const masked = drawMasks(clean, alpha, random);
    return mdlmNoise(
      masked.values,
      clean.length,
      levels.map(([, weight]) => weight),
      levels.map(([t]) => schedule.sigma(t)),
      bucket,
    );
  }
  return {
    ...sampling,
    noise,
    trajectory: nestedTrajectory(noise),
    corrupt: maskTokens(maskId),
    perSlot: ['weight'],
    toLogProbs: (logits) => maskedLogSoftmax(logits, maskId),
    // The loss divides by the sum of each row itself, so that no log-probabilities are kept for its gradient.
    parameterize: (logits) => withoutMask(logits, maskId),
    loss(logits, clean, { positions }, { weight }) {
      checkShape('logits', logits, 'N V', { N: positions.size, V: vocabSize });
      return { perPosition: tf.mul(cleanCrossEntropyOfLogits(logits, clean, positions), weight) };
    },
  };
}

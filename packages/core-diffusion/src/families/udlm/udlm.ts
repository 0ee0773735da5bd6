import type { Tensor } from '@tensorflow/tfjs-core';
import { reconstruction } from '../../losses/reconstruction';
import { type MarkedBatch, checkBatch } from '../../noise/batch';
import { type CleanTokens, cleanAt } from '../../noise/clean-tokens';
import { drawMoves, moveTokens } from '../../noise/moves';
import type { NoiseOptions, NoisyTokens } from '../../noise/noise';
import { nestedTrajectory } from '../../noise/trajectory';
import type { RandomStream } from '../../random/stream';
import { checkShape } from '../../tensors/check-shape';
import type { Uploaded } from '../../tensors/feeds';
import { logSoftmax } from '../../tensors/log-softmax';
import { tokensAt } from '../../tensors/rows';
import type { Family, LossTerms } from '../family';
import { type UdlmLevels, type UdlmNoise, udlmLevels } from './noise';
import type { UdlmOptions } from './options';
import { udlmSampling } from './sampling';
import { uniformNelbo } from './uniform-nelbo';

/** The NELBO of the uniform process at the noisy positions, for log-probabilities [N, V]. */
export const udlmLoss =
  (vocabSize: number) =>
  (logProbs: Tensor, clean: CleanTokens, { ids, positions }: NoisyTokens, noise: Uploaded<UdlmLevels>): LossTerms => {
    checkShape('logProbs', logProbs, 'N V', { N: positions.size, V: vocabSize });
    const tokens = cleanAt(clean, positions, vocabSize);
    return { perPosition: uniformNelbo(logProbs, tokens, tokensAt(ids, positions), noise) };
  };

/**
 * Uniform-state diffusion on hard tokens: the uniform process, the mean parameterization log softmax, and its
 * continuous-time NELBO at every position.
 * @throws InputError for fewer than 2 tokens
 * Source: UDLM (arXiv 2412.10193).
 * @example
 * ```ts
 * import { udlm } from '@idlm/core-diffusion';
 *
 * const family = udlm({ vocabSize: 27 }); // no mask
 * console.log(family.spec.name, family.process.kind); // → udlm uniform
 * ```
 */
export function udlm(options: UdlmOptions): Family<UdlmNoise> {
  const { vocabSize } = options;
  const sampling = udlmSampling(options);
  const { schedule } = sampling;
  function noise(clean: MarkedBatch, times: Float64Array, random: RandomStream, more?: NoiseOptions): UdlmNoise {
    checkBatch(clean, times);
    const signals = { alpha: times.map(schedule.alpha), dAlpha: times.map(schedule.dAlpha) };
    return {
      ...udlmLevels(clean, signals, vocabSize, more),
      ...drawMoves(clean, signals.alpha, vocabSize, random),
    };
  }
  return {
    ...sampling,
    noise,
    trajectory: nestedTrajectory(noise),
    corrupt: moveTokens,
    perSlot: ['alpha', 'coefficient'],
    toLogProbs: logSoftmax,
    loss: udlmLoss(vocabSize),
    ...(options.reconstruction ? { reconstruction } : {}),
  };
}

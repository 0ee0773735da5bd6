import { gaussianLevel } from '../../gaussian/operator';
import { type SignalRange, uniformSignals } from '../../gaussian/signals';
import { inverseTemperature } from '../../gaussian/temperature';
import { moveTokens } from '../../noise/moves';
import type { Spec } from '../../spec';
import { logSoftmax } from '../../tensors/log-softmax';
import { normalFeed } from '../../tensors/feeds';
import type { Family } from '../family';
import { udlmLevels } from '../udlm/noise';
import { udlm, udlmLoss } from '../udlm/udlm';
import { latentScales, latentTokens, latentTokensLazily } from './latent';
import type { DuoNoise } from './noise';
import { CONSTANT_TEMPERATURE, type DuoOptions, defaultGamma } from './options';
import { duoSampling } from './sampling';
import { drawTopTokens, topTokens } from './top-tokens';
import { gaussianTrajectory } from './trajectory';

/** The levels of a batch at times t: of the uniform process, through the operator, and of the Gaussian latent. */
function levelsOf(range: SignalRange, operator: Spec) {
  const [from, to] = range.gamma;
  const signalAt = uniformSignals(range, operator);
  const signalsAt = (times: Float64Array) => {
    const values = Array.from(times, signalAt);
    return { alpha: values.map(({ alpha }) => alpha), dAlpha: values.map(({ dAlpha }) => dAlpha) };
  };
  const latentAt = (times: Float64Array, inverse: number) => {
    const levels = Array.from(times, (t) => gaussianLevel(from + t * (to - from)));
    return {
      signal: levels.map(({ signal }) => signal),
      noise: levels.map(({ noise }) => noise),
      inverseTemperature: inverse,
    };
  };
  return { signalsAt, latentAt };
}

/**
 * Duo: uniform-state diffusion seen as the argmax of a Gaussian one. While its curriculum runs, the network reads the
 * tempered latent itself and noise levels come from the transformation operator; afterwards, in evaluation and in
 * sampling it is UDLM on hard tokens. Under `inverseObjective` the student's rows take the place of x_0 in the latent, and
 * gradients pass through it.
 * @throws InputError for fewer than 2 tokens, γ out of range, or `top` not in 2 … V − 1
 * Source: Duo (arXiv 2506.10892), sections 3 and 4; the operator is computed, where the repository looks up a table.
 * @example
 * ```ts
 * import { duo } from '@idlm/core-diffusion';
 *
 * const family = duo({ vocabSize: 27 }); // no mask
 * console.log(family.spec.name, family.process.kind); // → duo uniform
 * ```
 */
export function duo(options: DuoOptions): Family<DuoNoise> {
  const { vocabSize, gamma = defaultGamma(options.vocabSize), curriculum = CONSTANT_TEMPERATURE, top } = options;
  const hard = udlm(options);
  const { signalsAt, latentAt } = levelsOf({ vocabSize, gamma }, options.operator ?? { name: 'quadrature' });
  return {
    ...duoSampling({ ...options, gamma }),
    noise(clean, times, random, more = {}) {
      const { update } = more;
      if (update === undefined || update >= curriculum.end) return hard.noise(clean, times, random, more);
      const shared = udlmLevels(clean, signalsAt(times), vocabSize, more);
      const levels = latentAt(times, inverseTemperature(curriculum, update));
      if (top !== undefined) return { ...shared, ...drawTopTokens({ clean, levels, vocabSize, top }, random) };
      const normals = normalFeed(random, [clean.ids.length, vocabSize]);
      return { ...shared, ...latentScales(clean, levels), normals };
    },
    trajectory: gaussianTrajectory(vocabSize, signalsAt),
    corrupt(clean, noise) {
      if ('normals' in noise) return latentTokens(clean, noise, vocabSize);
      return 'topIds' in noise ? topTokens(clean, noise) : moveTokens(clean, noise);
    },
    perSlot: ['alpha', 'coefficient'],
    corruptRows(clean, noise) {
      if ('normals' in noise) return latentTokensLazily(clean, noise, vocabSize);
      return 'topIds' in noise ? topTokens(clean, noise) : undefined;
    },
    toLogProbs: logSoftmax,
    loss: udlmLoss(vocabSize),
  };
}

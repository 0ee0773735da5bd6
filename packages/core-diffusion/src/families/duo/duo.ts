import { gaussianLevel, gaussianToUniform } from '../../gaussian/operator';
import { inverseTemperature } from '../../gaussian/temperature';
import { checkBatch } from '../../noise/check-batch';
import { latentFeeds, latentTokens } from './latent';
import type { Family } from '../family';
import { CONSTANT_TEMPERATURE, type DuoOptions, defaultGamma } from './options';
import { duoSampling } from './sampling';
import { drawTopTokens, topTokens } from './top-tokens';
import { udlm } from '../udlm/udlm';
import { signalFeeds } from '../../noise/uniform-noise';

/** The levels of a batch at times t: of the uniform process, through the operator, and of the Gaussian latent. */
function levelsOf(vocabSize: number, from: number, to: number) {
  const operator = gaussianToUniform(vocabSize);
  return (times: Float64Array, inverseTemperature: number) => {
    const gammas = Array.from(times, (t) => from + t * (to - from));
    const [values, gaussian] = [gammas.map(operator), gammas.map(gaussianLevel)];
    return {
      signals: {
        alpha: values.map(({ alpha }) => alpha),
        dAlpha: values.map(({ dAlphaDGamma }) => dAlphaDGamma * (to - from)),
      },
      latent: {
        signal: gaussian.map(({ signal }) => signal),
        noise: gaussian.map(({ noise }) => noise),
        inverseTemperature,
      },
    };
  };
}

/**
 * Duo: uniform-state diffusion seen as the argmax of a Gaussian one. While its curriculum runs, the network reads the
 * tempered latent itself and noise levels come from the transformation operator; afterwards, in evaluation and in
 * sampling it is UDLM on hard tokens. Under `inverseObjective` the student's rows take the place of x_0 in the latent, and
 * gradients pass through it.
 * @throws InputError for fewer than 2 tokens, γ out of range, or `top` not in 2 … V − 1
 * Source: Duo (arXiv 2506.10892), sections 3 and 4; the operator is computed, where the repository looks up a table.
 */
export function duo(options: DuoOptions): Family {
  const { vocabSize, gamma = defaultGamma(options.vocabSize), curriculum = CONSTANT_TEMPERATURE, top } = options;
  const [from, to] = gamma;
  const sampling = duoSampling({ ...options, gamma });
  const hard = udlm(options);
  const levels = levelsOf(vocabSize, from, to);
  return {
    ...hard,
    ...sampling,
    noise(clean, times, random, noise = {}) {
      checkBatch(clean, times, noise.valid);
      const { update } = noise;
      if (update === undefined || update >= curriculum.end) return hard.noise(clean, times, random, noise);
      const { signals, latent } = levels(times, inverseTemperature(curriculum, update));
      const draws =
        top === undefined
          ? latentFeeds(clean, latent, random.normals(clean.ids.length * vocabSize), noise.valid)
          : drawTopTokens({ clean, levels: latent, vocabSize, top, valid: noise.valid }, random);
      return { ...signalFeeds(clean, signals, vocabSize, noise), ...draws };
    },
    corrupt(clean, noise) {
      if (noise['normals']) return latentTokens(clean, noise, vocabSize);
      return noise['topIds'] ? topTokens(clean, noise) : hard.corrupt(clean, noise);
    },
  };
}

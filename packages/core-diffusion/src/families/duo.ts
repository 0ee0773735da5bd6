import { InputError } from '../errors';
import { gammaForAlpha, gaussianLevel, gaussianToUniform } from '../gaussian/operator';
import { type TemperatureCurriculum, inverseTemperature } from '../gaussian/temperature';
import { checkBatch } from './check-batch';
import { latentFeeds, latentTokens } from './duo-latent';
import type { Family } from './family';
import { drawTopTokens, topTokens } from './top-tokens';
import { type UdlmOptions, udlm } from './udlm';
import { signalFeeds } from './uniform-noise';

/** What a Duo family is made of. */
export interface DuoOptions extends Omit<UdlmOptions, 'reconstruction'> {
  /**
   * γ at t = 0 and t = 1 of the Gaussian latent, in [−20, 20]. By default those at which tokens are as noisy as the
   * reference's are, which has −3.5 and −1.75 at V = 50257; with 27 tokens that range would end at α = 0.63.
   */
  readonly gamma?: readonly [from: number, to: number];
  /** The temperature of the soft input by update; from its end on tokens are hard. Constant 10⁻³ without end by default. */
  readonly curriculum?: TemperatureCurriculum;
  /**
   * Draw only the k largest entries of each latent, for vocabularies whose latents are too large; hard clean tokens only
   * (training of a teacher).
   */
  readonly top?: number;
}

/** The curriculum of the Duo and IDLM repositories. */
export const CONSTANT_TEMPERATURE: TemperatureCurriculum = { start: 0, end: Infinity, logStart: -3, logEnd: -3 };

/** α of the reference's range of γ with its own vocabulary. */
const REFERENCE = { vocabSize: 50257, gamma: [-3.5, -1.75] } as const;

/** The γ range of a vocabulary: the reference's noise in tokens. */
function defaultGamma(vocabSize: number): readonly [from: number, to: number] {
  if (vocabSize === REFERENCE.vocabSize) return REFERENCE.gamma;
  const operator = gaussianToUniform(REFERENCE.vocabSize);
  const [from, to] = REFERENCE.gamma.map((gamma) => gammaForAlpha(vocabSize, operator(gamma).alpha));
  return [from!, to!];
}

/** A curriculum as options in JSON, which has no infinity. */
const curriculumOptions = ({ start, end, logStart, logEnd }: TemperatureCurriculum) => ({
  curriculumStart: start,
  ...(end < Infinity ? { curriculumEnd: end } : {}),
  logTemperatureStart: logStart,
  logTemperatureEnd: logEnd,
});

/** The levels of a batch at times t: of the uniform process, through the operator, and of the Gaussian latent. */
function levelsOf(vocabSize: number, from: number, to: number) {
  const operator = gaussianToUniform(vocabSize);
  // Both ends are tried now, so that a γ out of range is refused before anything trains.
  [from, to].forEach(operator);
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
  const { vocabSize, curriculum = CONSTANT_TEMPERATURE, top } = options;
  const [from, to] = options.gamma ?? defaultGamma(vocabSize);
  const hard = udlm(options);
  const levels = levelsOf(vocabSize, from, to);
  if (top !== undefined && !(Number.isInteger(top) && top >= 2 && top < vocabSize))
    throw new InputError(`top must be a whole number from 2 to V - 1 = ${vocabSize - 1}; ${top} was given.`);
  return {
    ...hard,
    spec: {
      name: 'duo',
      options: {
        schedule: hard.spec.options!['schedule']!,
        gammaMin: from,
        gammaMax: to,
        ...curriculumOptions(curriculum),
        ...(top ? { top } : {}),
      },
    },
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

import { InputError } from '../../errors';
import { gammaForAlpha, gaussianToUniform } from '../../gaussian/operator';
import type { TemperatureCurriculum } from '../../gaussian/temperature';
import { readOptions } from '../../options';
import { schedules } from '../../schedules/registry';
import type { Spec } from '../../spec';
import type { FamilyChoice } from '../choice';
import type { UdlmOptions } from '../udlm/options';

/** What a Duo family is made of; all but vocabulary and schedule concerns training. */
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
  /** How α follows from γ, as `{ name, options }`: `quadrature` (default), or one of the repository's; see `uniformSignals`. */
  readonly operator?: Spec;
}

/** The curriculum of the Duo and IDLM repositories. */
export const CONSTANT_TEMPERATURE: TemperatureCurriculum = { start: 0, end: Infinity, logStart: -3, logEnd: -3 };

/** α of the reference's range of γ with its own vocabulary. */
const REFERENCE = { vocabSize: 50257, gamma: [-3.5, -1.75] } as const;

/** The γ range of a vocabulary: the reference's noise in tokens. */
export function defaultGamma(vocabSize: number): readonly [from: number, to: number] {
  if (vocabSize === REFERENCE.vocabSize) return REFERENCE.gamma;
  const operator = gaussianToUniform(REFERENCE.vocabSize);
  const [from, to] = REFERENCE.gamma.map((gamma) => gammaForAlpha(vocabSize, operator(gamma).alpha));
  return [from!, to!];
}

/** Both ends of γ or neither. */
function gammaRange(from?: number, to?: number): readonly [number, number] | undefined {
  if ((from === undefined) !== (to === undefined))
    throw new InputError('The duo family takes gammaMin and gammaMax together; one of them was given.');
  return from === undefined ? undefined : [from, to!];
}

/** Duo by name. */
export const duoChoice: FamilyChoice<DuoOptions> = {
  description: 'udlm seen as the argmax of a Gaussian diffusion: soft inputs under a temperature curriculum',
  read(options, { vocabSize }) {
    const {
      schedule = 'log-linear',
      gammaMin,
      gammaMax,
      curriculumStart: start = 0,
      curriculumEnd: end = Infinity,
      logTemperatureStart: logStart = -3,
      logTemperatureEnd: logEnd = logStart,
      top,
      operator,
    } = readOptions('the duo family', options, {
      schedule: 'spec',
      gammaMin: 'number',
      gammaMax: 'number',
      curriculumStart: 'number',
      curriculumEnd: 'number',
      logTemperatureStart: 'number',
      logTemperatureEnd: 'number',
      top: 'number',
      operator: 'spec',
    });
    return {
      vocabSize,
      schedule: schedules.create(schedule),
      gamma: gammaRange(gammaMin, gammaMax),
      curriculum: { start, end, logStart, logEnd },
      top,
      operator: typeof operator === 'string' ? { name: operator } : operator,
    };
  },
};

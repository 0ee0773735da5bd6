import { InputError } from '../../errors';
import { gammaForAlpha, gaussianToUniform } from '../../gaussian/operator';
import type { TemperatureCurriculum } from '../../gaussian/temperature';
import { schedules } from '../../schedules/registry';
import type { Spec } from '../../spec';
import { type FamilyChoice, scheduleOption } from '../choice';
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

const OPTIONS = {
  schedule: /* @__PURE__ */ scheduleOption('log-linear'),
  gammaMin: {
    kind: 'number',
    minimum: -20,
    maximum: 20,
    meaning: 'γ at t = 0 of the Gaussian latent (default: the noise of −3.5 at V = 50257)',
  },
  gammaMax: {
    kind: 'number',
    minimum: -20,
    maximum: 20,
    meaning: 'γ at t = 1, given with gammaMin (default: the noise of −1.75 at V = 50257)',
  },
  curriculumStart: {
    kind: 'number',
    default: 0,
    meaning: 'update at which the temperature of soft inputs begins to change',
  },
  curriculumEnd: { kind: 'number', meaning: 'update from which tokens are hard (default: none)' },
  logTemperatureStart: { kind: 'number', default: -3, meaning: 'log₁₀ of the temperature at the start' },
  logTemperatureEnd: { kind: 'number', meaning: 'log₁₀ of the temperature at the end (default: that of the start)' },
  top: {
    kind: 'number',
    whole: true,
    minimum: 2,
    meaning: 'training of a teacher: draw only the k largest entries of each latent, below V (default: all)',
  },
  operator: {
    kind: 'spec',
    choice: 'operator',
    meaning:
      'how the signal follows from γ: quadrature, exact; or series, polynomial, sigmoid of the repository (default quadrature)',
  },
} as const;

/** Duo by name. */
export const duoChoice: FamilyChoice<DuoOptions, typeof OPTIONS> = {
  description: 'udlm seen as the argmax of a Gaussian diffusion: soft inputs under a temperature curriculum',
  options: OPTIONS,
  read(options, { vocabSize }) {
    const { schedule, gammaMin, gammaMax, top, operator } = options;
    const {
      curriculumStart: start,
      curriculumEnd: end = Infinity,
      logTemperatureStart: logStart,
      logTemperatureEnd: logEnd = logStart,
    } = options;
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

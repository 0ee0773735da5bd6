import { InputError } from '../../errors';
import { gaussianToUniform } from '../../gaussian/operator';
import { uniformSignals } from '../../gaussian/signals';
import type { TemperatureCurriculum } from '../../gaussian/temperature';
import { specOf } from '../../spec';
import type { SamplingFamily } from '../sampling-family';
import { udlmSampling } from '../udlm/sampling';
import { CONSTANT_TEMPERATURE, type DuoOptions, defaultGamma } from './options';

/** A curriculum as options in JSON, which has no infinity. */
const curriculumOptions = ({ start, end, logStart, logEnd }: TemperatureCurriculum) => ({
  curriculumStart: start,
  ...(end < Infinity ? { curriculumEnd: end } : {}),
  logTemperatureStart: logStart,
  logTemperatureEnd: logEnd,
});

/**
 * Duo as samplers see it: `udlmSampling` on hard tokens.
 * @throws InputError for fewer than 2 tokens, γ out of range, or `top` not in 2 … V − 1
 * Source: Duo (arXiv 2506.10892).
 */
export function duoSampling(options: DuoOptions): SamplingFamily {
  const { vocabSize, curriculum = CONSTANT_TEMPERATURE, top, operator } = options;
  const hard = udlmSampling(options);
  const [from, to] = options.gamma ?? defaultGamma(vocabSize);
  // Both ends are tried now, so that a γ out of range is refused before anything trains.
  [from, to].forEach(gaussianToUniform(vocabSize));
  if (operator) uniformSignals({ vocabSize, gamma: [from, to] }, operator);
  if (top !== undefined && !(Number.isInteger(top) && top >= 2 && top < vocabSize))
    throw new InputError(`top must be a whole number from 2 to V - 1 = ${vocabSize - 1}; ${top} was given.`);
  return {
    ...hard,
    spec: {
      name: 'duo',
      options: {
        schedule: specOf(hard.schedule),
        gammaMin: from,
        gammaMax: to,
        ...curriculumOptions(curriculum),
        ...(top ? { top } : {}),
        ...(operator ? { operator: specOf({ spec: operator }) } : {}),
      },
    },
  };
}

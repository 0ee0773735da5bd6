import { InputError } from '../errors';
import { readOptions } from '../options';
import { createRegistry } from '../registry';
import { schedules } from '../schedules/registry';
import { d3pm } from './d3pm';
import { uniformD3pm } from './d3pm-uniform';
import { duo } from './duo';
import type { Family } from './family';
import { mdlm } from './mdlm';
import { sedd } from './sedd';
import { udlm } from './udlm';

/** The vocabulary that a family is made for. */
export interface Vocabulary {
  /** Entries of a row of logits, the mask included where there is one. */
  readonly vocabSize: number;
  readonly maskId?: number;
}

/** The families by name. */
export const families = createRegistry<Family, Vocabulary>('family');

families.register('mdlm', {
  description: 'masked diffusion: absorbing process, SUBS, continuous-time NELBO',
  create(options, { vocabSize, maskId = vocabSize - 1 }) {
    const { schedule = 'log-linear', importanceSampling } = readOptions('the mdlm family', options, {
      schedule: 'spec',
      importanceSampling: 'boolean',
    });
    return mdlm({ vocabSize, maskId, schedule: schedules.create(schedule, undefined), importanceSampling });
  },
});
families.register('udlm', {
  description: 'uniform-state diffusion on hard tokens: uniform process, mean parameterization, continuous-time NELBO',
  create(options, { vocabSize }) {
    const { schedule = 'log-linear', reconstruction } = readOptions('the udlm family', options, {
      schedule: 'spec',
      reconstruction: 'boolean',
    });
    return udlm({ vocabSize, schedule: schedules.create(schedule, undefined), reconstruction });
  },
});
/** Both ends of γ or neither. */
function gammaRange(from?: number, to?: number): readonly [number, number] | undefined {
  if ((from === undefined) !== (to === undefined))
    throw new InputError('The duo family takes gammaMin and gammaMax together; one of them was given.');
  return from === undefined ? undefined : [from, to!];
}

families.register('duo', {
  description: 'udlm seen as the argmax of a Gaussian diffusion: soft inputs under a temperature curriculum',
  create(options, { vocabSize }) {
    const {
      schedule = 'log-linear',
      gammaMin,
      gammaMax,
      curriculumStart = 0,
      curriculumEnd = Infinity,
      logTemperatureStart = -3,
      logTemperatureEnd = logTemperatureStart,
      top,
    } = readOptions('the duo family', options, {
      schedule: 'spec',
      gammaMin: 'number',
      gammaMax: 'number',
      curriculumStart: 'number',
      curriculumEnd: 'number',
      logTemperatureStart: 'number',
      logTemperatureEnd: 'number',
      top: 'number',
    });
    return duo({
      vocabSize,
      schedule: schedules.create(schedule, undefined),
      gamma: gammaRange(gammaMin, gammaMax),
      curriculum: {
        start: curriculumStart,
        end: curriculumEnd,
        logStart: logTemperatureStart,
        logEnd: logTemperatureEnd,
      },
      top,
    });
  },
});
families.register('sedd', {
  description: 'score entropy: the network predicts ratios of probabilities; absorbing or uniform',
  create(options, { vocabSize, maskId = vocabSize - 1 }) {
    const {
      process = 'absorbing',
      schedule = 'log-linear',
      scaleBySigma,
    } = readOptions('the sedd family', options, {
      process: ['absorbing', 'uniform'],
      schedule: 'spec',
      scaleBySigma: 'boolean',
    });
    return sedd({
      vocabSize,
      maskId: process === 'absorbing' ? maskId : undefined,
      schedule: schedules.create(schedule, undefined),
      scaleBySigma,
    });
  },
});
/** Refuses an option that the chosen process has no use for. */
function refuseIdle(process: string, name: string, value: unknown): void {
  if (value !== undefined) throw new InputError(`The ${process} d3pm family has no ${name}; leave it out.`);
}

families.register('d3pm', {
  description: 'diffusion in T discrete steps; absorbing or uniform',
  create(options, { vocabSize, maskId = vocabSize - 1 }) {
    const {
      process = 'absorbing',
      schedule = { name: 'log-linear', options: { eps: 0 } },
      steps,
      parameterization,
      reconstruction,
    } = readOptions('the d3pm family', options, {
      process: ['absorbing', 'uniform'],
      schedule: 'spec',
      steps: 'number',
      parameterization: ['subs', 'mean', 'mean-without-mask'],
      reconstruction: 'boolean',
    });
    const made = { steps, vocabSize, schedule: schedules.create(schedule, undefined) };
    if (process === 'uniform') {
      refuseIdle(process, 'parameterization', parameterization);
      return uniformD3pm({ ...made, reconstruction });
    }
    refuseIdle(process, 'reconstruction', reconstruction);
    return d3pm({ ...made, maskId, parameterization });
  },
});

import { readOptions } from '../options';
import { createRegistry } from '../registry';
import { schedules } from '../schedules/registry';
import type { Family } from './family';
import { mdlm } from './mdlm';

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

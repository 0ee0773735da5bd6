import { readOptions } from '../../options';
import { schedules } from '../../schedules/registry';
import type { NoiseSchedule } from '../../schedules/schedule';
import type { FamilyChoice } from '../choice';

/** What an MDLM family is made of. */
export interface MdlmOptions {
  /** Entries of a row of logits, the mask included. */
  readonly vocabSize: number;
  readonly maskId: number;
  /** Log-linear by default. */
  readonly schedule?: NoiseSchedule;
  /**
   * Training: draw times in proportion to the NELBO's weight, which then is a constant (log-linear and linear schedules;
   * default false).
   */
  readonly importanceSampling?: boolean;
}

/** MDLM by name. */
export const mdlmChoice: FamilyChoice<MdlmOptions> = {
  description: 'masked diffusion: absorbing process, SUBS, continuous-time NELBO',
  read(options, { vocabSize, maskId = vocabSize - 1 }) {
    const { schedule = 'log-linear', importanceSampling } = readOptions('the mdlm family', options, {
      schedule: 'spec',
      importanceSampling: 'boolean',
    });
    return { vocabSize, maskId, schedule: schedules.create(schedule), importanceSampling };
  },
};

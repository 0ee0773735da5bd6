import { readOptions } from '../../options';
import { schedules } from '../../schedules/registry';
import type { NoiseSchedule } from '../../schedules/schedule';
import type { FamilyChoice } from '../choice';

/** What a SEDD family is made of. */
export interface SeddOptions {
  /** Entries of a row of scores, the mask included where there is one. */
  readonly vocabSize: number;
  /** Present: the absorbing process with this mask. Absent: the uniform process. */
  readonly maskId?: number;
  /** Log-linear by default; the SEDD repository also has geometric. */
  readonly schedule?: NoiseSchedule;
  /** Absorbing only: subtract ln(e^σ − 1) + ln(K − 1) from the network's output, so that it need not grow (default true). */
  readonly scaleBySigma?: boolean;
}

/** SEDD by name. */
export const seddChoice: FamilyChoice<SeddOptions> = {
  description: 'score entropy: the network predicts ratios of probabilities; absorbing or uniform',
  read(options, { vocabSize, maskId = vocabSize - 1 }) {
    const {
      process = 'absorbing',
      schedule = 'log-linear',
      scaleBySigma,
    } = readOptions('the sedd family', options, {
      process: ['absorbing', 'uniform'],
      schedule: 'spec',
      scaleBySigma: 'boolean',
    });
    return {
      vocabSize,
      maskId: process === 'absorbing' ? maskId : undefined,
      schedule: schedules.create(schedule),
      scaleBySigma,
    };
  },
};

import { readOptions } from '../../options';
import { schedules } from '../../schedules/registry';
import type { NoiseSchedule } from '../../schedules/schedule';
import type { FamilyChoice } from '../choice';

/** What a UDLM family is made of. */
export interface UdlmOptions {
  /** V: the tokens that there are; there is no mask. */
  readonly vocabSize: number;
  /** Log-linear by default. */
  readonly schedule?: NoiseSchedule;
  /**
   * Training: adds −ln x_θ(x_0 | x_0) at σ = 0, as the UDLM repository does (default false, as Duo: the bound then ends at the
   * schedule's noise of t = 0, which is none).
   */
  readonly reconstruction?: boolean;
}

/** UDLM by name. */
export const udlmChoice: FamilyChoice<UdlmOptions> = {
  description: 'uniform-state diffusion on hard tokens: uniform process, mean parameterization, continuous-time NELBO',
  read(options, { vocabSize }) {
    const { schedule = 'log-linear', reconstruction } = readOptions('the udlm family', options, {
      schedule: 'spec',
      reconstruction: 'boolean',
    });
    return { vocabSize, schedule: schedules.create(schedule), reconstruction };
  },
};

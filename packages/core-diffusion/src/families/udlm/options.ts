import { schedules } from '../../schedules/registry';
import type { NoiseSchedule } from '../../schedules/schedule';
import { type FamilyChoice, scheduleOption } from '../choice';

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

const OPTIONS = {
  schedule: /* @__PURE__ */ scheduleOption('log-linear'),
  reconstruction: {
    kind: 'boolean',
    default: false,
    meaning: 'training: adds the loss of the tokens at no noise, as the UDLM repository does',
  },
} as const;

/** UDLM by name. */
export const udlmChoice: FamilyChoice<UdlmOptions, typeof OPTIONS> = {
  description: 'uniform-state diffusion on hard tokens: uniform process, mean parameterization, continuous-time NELBO',
  options: OPTIONS,
  read: ({ schedule, reconstruction }, { vocabSize }) => ({
    ...{ vocabSize, reconstruction },
    schedule: schedules.create(schedule),
  }),
};

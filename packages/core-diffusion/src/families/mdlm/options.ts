import { schedules } from '../../schedules/registry';
import type { NoiseSchedule } from '../../schedules/schedule';
import { type FamilyChoice, scheduleOption } from '../choice';

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

const OPTIONS = {
  schedule: /* @__PURE__ */ scheduleOption('log-linear'),
  importanceSampling: {
    kind: 'boolean',
    default: false,
    meaning: "training: draw times in proportion to the loss's weight (log-linear and linear schedules)",
  },
} as const;

/** MDLM by name. */
export const mdlmChoice: FamilyChoice<MdlmOptions, typeof OPTIONS> = {
  description: 'masked diffusion: absorbing process, SUBS, continuous-time NELBO',
  options: OPTIONS,
  read: ({ schedule, importanceSampling }, { vocabSize, maskId = vocabSize - 1 }) => ({
    ...{ vocabSize, maskId, importanceSampling },
    schedule: schedules.create(schedule),
  }),
};

import { schedules } from '../../schedules/registry';
import type { NoiseSchedule } from '../../schedules/schedule';
import { type FamilyChoice, scheduleOption } from '../choice';

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

const OPTIONS = {
  process: { kind: ['absorbing', 'uniform'], default: 'absorbing', meaning: 'masks, or other tokens, as noise' },
  schedule: /* @__PURE__ */ scheduleOption('log-linear'),
  scaleBySigma: {
    kind: 'boolean',
    meaning: "absorbing: what grows with the noise level is taken off the network's output (default true)",
  },
} as const;

/** SEDD by name. */
export const seddChoice: FamilyChoice<SeddOptions, typeof OPTIONS> = {
  description: 'score entropy: the network predicts ratios of probabilities; absorbing or uniform',
  options: OPTIONS,
  read: ({ process, schedule, scaleBySigma }, { vocabSize, maskId = vocabSize - 1 }) => ({
    vocabSize,
    maskId: process === 'absorbing' ? maskId : undefined,
    schedule: schedules.create(schedule),
    scaleBySigma,
  }),
};

import { InputError } from '../../errors';
import { schedules } from '../../schedules/registry';
import type { NoiseSchedule } from '../../schedules/schedule';
import { type FamilyChoice, scheduleOption } from '../choice';
import { STEPS } from './grid';

/** What D3PM families of both processes have in common. */
interface SharedOptions {
  /** T: how many times there are. */
  readonly steps?: number;
  /** Log-linear without a remainder (α = 1 − t) by default. */
  readonly schedule?: NoiseSchedule;
}

/** What an absorbing D3PM family is made of. */
export interface D3pmOptions extends SharedOptions {
  /** Entries of a row of logits, the mask included. */
  readonly vocabSize: number;
  readonly maskId: number;
  /**
   * `'subs'` never predicts the mask and keeps what is visible, so that the reconstruction term is 0. `'mean'` is D3PM's own:
   * in the loss the mask is a token like others. `'mean-without-mask'` excludes it but reconstructs.
   */
  readonly parameterization?: 'subs' | 'mean' | 'mean-without-mask';
}

/** What a uniform D3PM family is made of. */
export interface UniformD3pmOptions extends SharedOptions {
  /** V: the tokens that there are; there is no mask. */
  readonly vocabSize: number;
  /** Training: adds −ln x_θ(x_0 | x_0) at σ = 0 (default true). */
  readonly reconstruction?: boolean;
}

/** Refuses an option that the chosen process has no use for. */
function refuseIdle(process: string, name: string, value: unknown): void {
  if (value !== undefined) throw new InputError(`The ${process} d3pm family has no ${name}; leave it out.`);
}

const OPTIONS = {
  process: { kind: ['absorbing', 'uniform'], default: 'absorbing', meaning: 'masks, or other tokens, as noise' },
  schedule: /* @__PURE__ */ scheduleOption({ name: 'log-linear', options: { eps: 0 } }),
  steps: { kind: 'number', default: STEPS, whole: true, minimum: 1, meaning: 'how many times there are' },
  parameterization: {
    kind: ['subs', 'mean', 'mean-without-mask'],
    meaning: 'absorbing: what the network predicts; subs keeps what is visible (default subs)',
  },
  reconstruction: {
    kind: 'boolean',
    meaning: 'uniform: training adds the loss of the tokens at no noise (default true)',
  },
} as const;

/** D3PM by name, of either process. */
export const d3pmChoice: FamilyChoice<D3pmOptions | UniformD3pmOptions, typeof OPTIONS> = {
  description: 'diffusion in T discrete steps; absorbing or uniform',
  options: OPTIONS,
  read({ process, schedule, steps, parameterization, reconstruction }, { vocabSize, maskId = vocabSize - 1 }) {
    const made = { steps, vocabSize, schedule: schedules.create(schedule) };
    if (process === 'uniform') {
      refuseIdle(process, 'parameterization', parameterization);
      return { ...made, reconstruction };
    }
    refuseIdle(process, 'reconstruction', reconstruction);
    return { ...made, maskId, parameterization };
  },
};

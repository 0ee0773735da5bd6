import { InputError } from '../errors';
import { readOptions } from '../options';
import { createRegistry } from '../registry';
import { requireMembers } from '../required-members';
import { cosine, cosineSquared, duoCosine } from './cosine';
import { logLinear } from './log-linear';
import { polynomial } from './polynomial';
import type { NoiseSchedule } from './schedule';
import { geometric, linear } from './sigma-schedules';

const EPS = { eps: 'number' } as const;
const RANGE = { sigmaMin: 'number', sigmaMax: 'number' } as const;

const MEMBERS = {
  spec: 'object',
  alpha: 'function',
  dAlpha: 'function',
  inverse: 'function',
  sigma: 'function',
  dSigma: 'function',
} as const;

/**
 * What a registered function makes, at a few times: a level that rises, or is no number, would train to losses that mean nothing. The
 * conformance suite asks for much more.
 */
export function requireSchedule(named: string, schedule: NoiseSchedule): void {
  requireMembers(named, schedule, MEMBERS);
  let above = Infinity;
  for (const t of [0.01, 0.25, 0.5, 0.75, 0.99]) {
    const [alpha, slope] = [schedule.alpha(t), schedule.dAlpha(t)];
    if (!(alpha >= 0 && alpha <= 1 && alpha <= above))
      throw new InputError(
        `${named} has alpha(${t}) = ${alpha}; alpha falls from about 1 at t = 0, no noise, to about 0 at t = 1, all noise.`,
      );
    if (!(slope <= 0 && slope > -Infinity))
      throw new InputError(`${named} has dAlpha(${t}) = ${slope}; alpha falls, so that its slope is not above 0.`);
    above = alpha;
  }
}

/**
 * The noise schedules by name.
 * @example
 * ```ts
 * import { schedules } from '@idlm/core-diffusion';
 *
 * const schedule = schedules.create({ name: 'log-linear', options: { eps: 0 } });
 * console.log(schedule.alpha(0.25)); // → 0.75
 * ```
 */
export const schedules = /* @__PURE__ */ createRegistry<NoiseSchedule>(
  'noise schedule',
  {
    'log-linear': {
      description: 'α = 1 − (1 − eps) t',
      create: (options) => logLinear(readOptions('the log-linear schedule', options, EPS)),
    },
    cosine: {
      description: 'α = eps + (1 − eps) cos(πt/2)',
      create: (options) => cosine(readOptions('the cosine schedule', options, EPS)),
    },
    'cosine-squared': {
      description: 'α = eps + (1 − eps) cos²(πt/2)',
      create: (options) => cosineSquared(readOptions('the cosine-squared schedule', options, EPS)),
    },
    'duo-cosine': {
      description: 'α = 1 − cos(π/2 (1 − (1 − eps) t))',
      create: (options) =>
        duoCosine(readOptions('the duo-cosine schedule', options, { ...EPS, derivative: ['exact', 'reference'] })),
    },
    linear: {
      description: 'σ linear in t',
      create: (options) => linear(readOptions('the linear schedule', options, RANGE)),
    },
    geometric: {
      description: 'σ geometric in t',
      create: (options) => geometric(readOptions('the geometric schedule', options, RANGE)),
    },
    polynomial: {
      description: 'α = 1 − (1 − eps) t^power',
      create: (options) => polynomial(readOptions('the polynomial schedule', options, { ...EPS, power: 'number' })),
    },
  },
  requireSchedule,
);

import { readOptions } from '../options';
import { createRegistry } from '../registry';
import { cosine, cosineSquared, duoCosine } from './cosine';
import { logLinear } from './log-linear';
import { polynomial } from './polynomial';
import type { NoiseSchedule } from './schedule';
import { geometric, linear } from './sigma-schedules';

const EPS = { eps: 'number' } as const;
const RANGE = { sigmaMin: 'number', sigmaMax: 'number' } as const;

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
export const schedules = /* @__PURE__ */ createRegistry<NoiseSchedule>('noise schedule', {
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
});

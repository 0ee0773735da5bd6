import { InputError } from '../errors';
import { createRegistry } from '../registry';
import { requireMembers } from '../required-members';
import { cosine, cosineSquared, duoCosine } from './cosine';
import { logLinear } from './log-linear';
import { polynomial } from './polynomial';
import type { NoiseSchedule } from './schedule';
import { geometric, linear } from './sigma-schedules';

const EPS = {
  eps: { kind: 'number', default: 1e-3, minimum: 0, maximum: 0.5, meaning: 'signal left at t = 1' },
} as const;

/** σ at both ends of time. */
const range = <const Low extends number, const High extends number>(
  low: Low,
  high: High,
  bound: { readonly minimum: 0 } | { readonly exclusiveMinimum: 0 },
) =>
  ({
    sigmaMin: { kind: 'number', default: low, ...bound, maximum: 1e3, meaning: 'σ at t = 0' },
    sigmaMax: { kind: 'number', default: high, exclusiveMinimum: 0, meaning: 'σ at t = 1, above sigmaMin' },
  }) as const;

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
  (define) => ({
    'log-linear': define({ description: 'α = 1 − (1 − eps) t', options: EPS, create: logLinear }),
    cosine: define({ description: 'α = eps + (1 − eps) cos(πt/2)', options: EPS, create: cosine }),
    'cosine-squared': define({
      description: 'α = eps + (1 − eps) cos²(πt/2)',
      options: EPS,
      create: cosineSquared,
    }),
    'duo-cosine': define({
      description: 'α = 1 − cos(π/2 (1 − (1 − eps) t))',
      options: {
        ...EPS,
        derivative: {
          kind: ['exact', 'reference'],
          default: 'exact',
          meaning: 'reference: without the factor 1 − eps, as the reference reports it',
        },
      },
      create: duoCosine,
    }),
    linear: define({ description: 'σ linear in t', options: range(0, 10, { minimum: 0 }), create: linear }),
    geometric: define({
      description: 'σ geometric in t',
      options: range(1e-4, 20, { exclusiveMinimum: 0 }),
      create: geometric,
    }),
    polynomial: define({
      description: 'α = 1 − (1 − eps) t^power',
      options: { ...EPS, power: { kind: 'number', default: 2, minimum: 0.1, maximum: 10, meaning: 'power of t' } },
      create: polynomial,
    }),
  }),
  requireSchedule,
);

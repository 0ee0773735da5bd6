import { checkOption, makeSchedule } from './make-schedule';
import type { NoiseSchedule } from './schedule';

/**
 * α = 1 − (1 − ε) t^k: above k = 1 it spends more of the time at low noise, below it at high noise.
 * @param options.power k in [0.1, 10]; 2 by default
 * @param options.eps signal left at t = 1, in [0, 0.5]; 1e-3 by default
 * @throws InputError if an option is out of range
 * Source: MDLM names this schedule in its configurations without giving code; the form is the one of MD4 (arXiv 2406.04329).
 */
export function polynomial({
  power = 2,
  eps = 1e-3,
}: { readonly power?: number; readonly eps?: number } = {}): NoiseSchedule {
  checkOption('polynomial', 'power', power, 0.1, 10);
  checkOption('polynomial', 'eps', eps, 0, 0.5);
  return makeSchedule(
    { name: 'polynomial', options: { power, eps } },
    {
      alpha: (t) => 1 - (1 - eps) * t ** power,
      dAlpha: (t) => -(1 - eps) * power * t ** (power - 1),
      inverse: (alpha) => ((1 - alpha) / (1 - eps)) ** (1 / power),
    },
  );
}

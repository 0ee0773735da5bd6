import { importanceBetween } from './importance';
import { checkOption, makeSchedule } from './make-schedule';
import type { NoiseSchedule } from './schedule';

/**
 * α = 1 − (1 − ε) t, for which the absorbing NELBO's weight is exactly 1/t.
 * @param options.eps signal left at t = 1, in [0, 0.5]; 1e-3 by default
 * @throws InputError if eps is out of range
 * Source: MDLM (arXiv 2406.07524), log-linear schedule.
 */
export function logLinear({ eps = 1e-3 }: { readonly eps?: number } = {}): NoiseSchedule {
  checkOption('log-linear', 'eps', eps, 0, 0.5);
  const rate = 1 - eps;
  const sigma = (t: number) => -Math.log1p(-rate * t);
  return makeSchedule(
    { name: 'log-linear', options: { eps } },
    {
      alpha: (t) => 1 - rate * t,
      dAlpha: () => -rate,
      inverse: (alpha) => (1 - alpha) / rate,
      sigma,
      dSigma: (t) => rate / (1 - rate * t),
      // σ(0) = 0, so that the repository begins at σ = ε.
      importance: importanceBetween(eps, sigma(1), (value) => -Math.expm1(-value) / rate),
    },
  );
}

import { importanceBetween } from './importance';
import { checkOption, makeSchedule } from './make-schedule';
import type { NoiseSchedule } from './schedule';

/**
 * α = 1 − (1 − ε) t, for which the absorbing NELBO's weight is exactly 1/t.
 * @param options.eps signal left at t = 1, in [0, 0.5]; 1e-3 by default
 * @throws InputError if eps is out of range
 * Source: MDLM (arXiv 2406.07524), log-linear schedule.
 * @example
 * ```ts
 * import { logLinear } from '@idlm/core-diffusion';
 *
 * const { alpha, sigma } = logLinear();
 * console.log(alpha(0), alpha(0.5).toFixed(4), alpha(1).toFixed(4)); // → 1 0.5005 0.0010
 * console.log(sigma(0.5).toFixed(4)); // → 0.6921
 * ```
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

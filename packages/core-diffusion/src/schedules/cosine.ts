import { checkOption, makeSchedule } from './make-schedule';
import type { NoiseSchedule } from './schedule';

const QUARTER = Math.PI / 2;

/**
 * α = ε + (1 − ε) cos(πt/2).
 * @param options.eps signal left at t = 1, in [0, 0.5]; 1e-3 by default
 * @throws InputError if eps is out of range
 * Source: MDLM repository, `CosineNoise`.
 * @example
 * ```ts
 * import { cosine } from '@idlm/core-diffusion';
 *
 * console.log(cosine().alpha(0.5).toFixed(4)); // → 0.7074
 * ```
 */
export function cosine({ eps = 1e-3 }: { readonly eps?: number } = {}): NoiseSchedule {
  checkOption('cosine', 'eps', eps, 0, 0.5);
  return makeSchedule(
    { name: 'cosine', options: { eps } },
    {
      alpha: (t) => eps + (1 - eps) * Math.cos(QUARTER * t),
      dAlpha: (t) => -QUARTER * (1 - eps) * Math.sin(QUARTER * t),
      inverse: (alpha) => Math.acos((alpha - eps) / (1 - eps)) / QUARTER,
    },
  );
}

/**
 * α = ε + (1 − ε) cos²(πt/2).
 * @param options.eps signal left at t = 1, in [0, 0.5]; 1e-3 by default
 * @throws InputError if eps is out of range
 * Source: MDLM repository, `CosineSqrNoise`.
 */
export function cosineSquared({ eps = 1e-3 }: { readonly eps?: number } = {}): NoiseSchedule {
  checkOption('cosine-squared', 'eps', eps, 0, 0.5);
  return makeSchedule(
    { name: 'cosine-squared', options: { eps } },
    {
      alpha: (t) => eps + (1 - eps) * Math.cos(QUARTER * t) ** 2,
      dAlpha: (t) => -QUARTER * (1 - eps) * Math.sin(Math.PI * t),
      inverse: (alpha) => Math.acos(Math.sqrt((alpha - eps) / (1 - eps))) / QUARTER,
    },
  );
}

/**
 * α = 1 − cos(π/2 (1 − u)) with u = (1 − ε) t.
 * @param options.eps in [0, 0.5]; 1e-3 by default
 * @param options.derivative `'exact'` (default), or `'reference'`: without the factor 1 − ε, as the reference reports it
 * @throws InputError if eps is out of range
 * Source: Duo repository, `CosineNoise`.
 */
export function duoCosine({
  eps = 1e-3,
  derivative = 'exact',
}: { readonly eps?: number; readonly derivative?: 'exact' | 'reference' } = {}): NoiseSchedule {
  checkOption('duo-cosine', 'eps', eps, 0, 0.5);
  const angle = (t: number) => QUARTER * (1 - (1 - eps) * t);
  const inner = derivative === 'exact' ? 1 - eps : 1;
  return makeSchedule(
    { name: 'duo-cosine', options: { eps, derivative } },
    {
      alpha: (t) => 1 - Math.cos(angle(t)),
      dAlpha: (t) => -QUARTER * Math.sin(angle(t)) * inner,
      inverse: (alpha) => (1 - Math.acos(1 - alpha) / QUARTER) / (1 - eps),
    },
  );
}

import { InputError } from '../errors';
import type { ImportanceTimes, NoiseSchedule } from './schedule';

/**
 * Importance sampling of time between two noise levels; none where the lowest leaves nothing to sample, σ = 0.
 * @param lowest total noise at t = 0, ≥ 0
 * @param highest total noise at t = 1
 * @param fromSigma the time at which a schedule has a total noise
 * @returns the weight −ln(1 − e^{−σ_0}) with its times
 * Source: MDLM repository, `importance_sampling_transformation`.
 */
export function importanceBetween(
  lowest: number,
  highest: number,
  fromSigma: (sigma: number) => number,
): ImportanceTimes | undefined {
  if (!(lowest > 0)) return undefined;
  const end = Math.log1p(-Math.exp(-highest));
  const start = Math.log1p(-Math.exp(-lowest));
  return { time: (t) => fromSigma(-Math.log1p(-Math.exp(t * end + (1 - t) * start))), weight: -start };
}

/**
 * A schedule's importance sampling of time.
 * @throws InputError for a schedule that has none
 */
export function importanceOf({ importance, spec }: NoiseSchedule): ImportanceTimes {
  if (importance) return importance;
  throw new InputError(
    `Importance-sampled times need a schedule with "importance", such as log-linear with eps > 0 or linear with sigmaMin > 0; ${spec.name} without it was given.`,
  );
}

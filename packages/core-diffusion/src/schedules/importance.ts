import { InputError } from '../errors';
import type { NoiseSchedule } from './schedule';

/**
 * Importance sampling of time: maps uniform t to the time at which ln(1 − e^{−σ}) is linear, so that the NELBO's weight
 * becomes a constant. Defined for the log-linear and the linear schedule.
 * @returns the transformed times, and the constant weight −ln(1 − e^{−σ_0}) that replaces σ′/(e^σ − 1)
 * @throws InputError for another schedule
 * Source: MDLM repository, `importance_sampling_transformation`.
 */
export function importanceTimes(schedule: NoiseSchedule): {
  readonly transform: (t: number) => number;
  readonly weight: number;
} {
  const { name, options = {} } = schedule.spec;
  const eps = Number(options['eps'] ?? 0);
  const [lowest, highest] =
    name === 'log-linear' ? [eps, schedule.sigma(1)] : [Number(options['sigmaMin']), Number(options['sigmaMax'])];
  if ((name !== 'log-linear' && name !== 'linear') || !(lowest > 0)) {
    throw new InputError(
      `Importance-sampled times need the log-linear or the linear schedule with noise left at t = 0; ${name} was given.`,
    );
  }
  const end = Math.log1p(-Math.exp(-highest));
  const start = Math.log1p(-Math.exp(-lowest));
  const fromSigma = (sigma: number) =>
    name === 'linear' ? (sigma - lowest) / (highest - lowest) : -Math.expm1(-sigma) / (1 - eps);
  return { transform: (t) => fromSigma(-Math.log1p(-Math.exp(t * end + (1 - t) * start))), weight: -start };
}

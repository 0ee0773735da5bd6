import { InputError } from '../errors';
import { importanceBetween } from './importance';
import { checkOption, makeSchedule } from './make-schedule';
import type { ImportanceTimes, NoiseSchedule } from './schedule';

/** Smallest and largest total noise σ, 0 ≤ σ_min < σ_max. */
export interface SigmaRange {
  readonly sigmaMin?: number;
  readonly sigmaMax?: number;
}

function checkRange(schedule: string, low: number, high: number, floor: number): void {
  checkOption(schedule, 'sigmaMin', low, floor, 1e3);
  if (!(high > low))
    throw new InputError(`sigmaMax of the ${schedule} schedule must be above sigmaMin = ${low}; ${high} was given.`);
}

/** A schedule given by σ and σ′; α = e^{−σ}, α′ = −σ′ α. */
function fromSigma(
  name: string,
  options: Record<string, number>,
  sigma: (t: number) => number,
  dSigma: (t: number) => number,
  inverseSigma: (sigma: number) => number,
  importance?: ImportanceTimes,
): NoiseSchedule {
  const alpha = (t: number) => Math.exp(-sigma(t));
  return makeSchedule(
    { name, options },
    {
      alpha,
      sigma,
      dSigma,
      dAlpha: (t) => -dSigma(t) * alpha(t),
      inverse: (value) => inverseSigma(-Math.log(value)),
      importance,
    },
  );
}

/**
 * σ = σ_min + t (σ_max − σ_min).
 * @throws InputError unless 0 ≤ sigmaMin < sigmaMax
 * Source: MDLM repository, `Linear`.
 */
export function linear({ sigmaMin = 0, sigmaMax = 10 }: SigmaRange = {}): NoiseSchedule {
  checkRange('linear', sigmaMin, sigmaMax, 0);
  const slope = sigmaMax - sigmaMin;
  const inverseSigma = (sigma: number) => (sigma - sigmaMin) / slope;
  return fromSigma(
    'linear',
    { sigmaMin, sigmaMax },
    (t) => sigmaMin + t * slope,
    () => slope,
    inverseSigma,
    importanceBetween(sigmaMin, sigmaMax, inverseSigma),
  );
}

/**
 * σ = σ_min^{1−t} σ_max^t.
 * @throws InputError unless 0 < sigmaMin < sigmaMax
 * Source: SEDD (arXiv 2310.16834), geometric schedule, defaults 1e-4 … 20.
 */
export function geometric({ sigmaMin = 1e-4, sigmaMax = 20 }: SigmaRange = {}): NoiseSchedule {
  checkRange('geometric', sigmaMin, sigmaMax, Number.MIN_VALUE);
  const ratio = Math.log(sigmaMax / sigmaMin);
  const sigma = (t: number) => sigmaMin ** (1 - t) * sigmaMax ** t;
  return fromSigma(
    'geometric',
    { sigmaMin, sigmaMax },
    sigma,
    (t) => sigma(t) * ratio,
    (value) => Math.log(value / sigmaMin) / ratio,
  );
}

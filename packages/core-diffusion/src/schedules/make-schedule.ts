import { InputError } from '../errors';
import type { Spec } from '../spec';
import type { NoiseSchedule } from './schedule';

/** What sets a schedule apart; the other members follow from it. */
export type ScheduleParts = Pick<NoiseSchedule, 'alpha' | 'dAlpha' | 'inverse'> &
  Partial<Pick<NoiseSchedule, 'sigma' | 'dSigma' | 'importance'>>;

/** Completes a schedule: σ = −ln α and σ′ = −α′/α unless a form that loses no digits is given. */
export const makeSchedule = (spec: Spec, parts: ScheduleParts): NoiseSchedule => ({
  spec,
  sigma: (t) => -Math.log(parts.alpha(t)),
  dSigma: (t) => -parts.dAlpha(t) / parts.alpha(t),
  ...parts,
});

/** Refuses an option outside [low, high], naming it. */
export function checkOption(schedule: string, name: string, value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  throw new InputError(`${name} of the ${schedule} schedule must lie in [${low}, ${high}]; ${value} was given.`);
}

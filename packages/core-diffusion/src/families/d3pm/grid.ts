import { InputError } from '../../errors';
import type { NoiseSchedule } from '../../schedules/schedule';

/** T where nobody sets it. */
export const STEPS = 1000;

/** Largest time of the reference's loss. */
const LATEST = 1 - 1e-4;

/** α at a grid's time and one step earlier. */
export interface StepLevels {
  readonly alphaT: number;
  readonly alphaS: number;
}

/** The levels of a time drawn evenly, put on the grid of T steps: t ← ⌊tT⌋/T + 1/T. */
export function gridLevels(schedule: NoiseSchedule, steps: number, t: number): StepLevels {
  const late = Math.min(Math.floor(t * steps) / steps + 1 / steps, LATEST);
  return { alphaT: schedule.alpha(late), alphaS: schedule.alpha(Math.max(0, late - 1 / steps)) };
}

/** @throws InputError unless T is a whole number of at least 1 */
export function checkSteps(steps: number): void {
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new InputError(`D3PM has a whole number of steps, at least 1; ${steps} was given.`);
}

import { InputError } from './errors';
import type { NoiseSchedule } from './schedules/schedule';

/** The ends of a grid of sampling times, and how the steps are spaced between them. */
export interface TimeGridOptions {
  /** First time, up to 1 (default 1). */
  readonly from?: number;
  /** Last time (default 1e-5, as the references). */
  readonly to?: number;
  /**
   * `'uniform'` in t (default, the references'), or `'cosine'`: short steps at high noise. Or the times of a grid, falling, which a
   * grid of as many steps takes as they are, and others on straight lines between them; they have ends of their own. Or several such
   * lists, each for as many steps as it has alone; grids of other steps are uniform.
   */
  readonly spacing?: 'uniform' | 'cosine' | readonly number[] | readonly (readonly number[])[];
}

/** The times of the list for so many steps, where lists are given by their steps; else what is given. */
function spacingOf(spacing: TimeGridOptions['spacing'], steps: number): 'uniform' | 'cosine' | readonly number[] {
  if (spacing === undefined || typeof spacing === 'string') return spacing ?? 'uniform';
  if (!Array.isArray(spacing[0])) return spacing as readonly number[];
  const grids = spacing as readonly (readonly number[])[];
  grids.forEach(checkGrid);
  return grids.find((times) => times.length === steps + 1) ?? 'uniform';
}

/** Time i of `steps` + 1 that lie on straight lines between the given ones. */
function between(times: readonly number[], i: number, steps: number): number {
  const at = (i * (times.length - 1)) / steps;
  const before = Math.min(Math.floor(at), times.length - 2);
  return times[before]! * (before + 1 - at) + times[before + 1]! * (at - before);
}

/**
 * A decreasing grid of `steps` + 1 times from all noise to almost none.
 * @throws InputError unless steps is a whole number ≥ 1 and 1 ≥ from > to ≥ 0, and for listed times that do not fall within [0, 1]
 * @example
 * ```ts
 * import { timeGrid } from '@idlm/core-diffusion';
 *
 * console.log(...timeGrid(4, { to: 0 })); // → 1 0.75 0.5 0.25 0
 * ```
 */
export function timeGrid(steps: number, options: TimeGridOptions = {}): Float64Array {
  const { from = 1, to = 1e-5 } = options;
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new InputError(`A grid has a whole number of steps, at least 1; ${steps} was given.`);
  if (!(from <= 1 && from > to && to >= 0))
    throw new InputError(`A grid runs down within [0, 1]; from ${from} to ${to} was given.`);
  const spacing = spacingOf(options.spacing, steps);
  if (typeof spacing !== 'string') {
    checkGrid(spacing);
    return Float64Array.from({ length: steps + 1 }, (_, i) => between(spacing, i, steps));
  }
  return Float64Array.from({ length: steps + 1 }, (_, i) => {
    const share = spacing === 'cosine' ? 1 - Math.cos((Math.PI / 2) * (i / steps)) : i / steps;
    return i === steps ? to : from + (to - from) * share;
  });
}

/**
 * A grid whose steps all remove the same share of signal: α is equally spaced between the two ends.
 * @example
 * ```ts
 * import { cosine, equalAlphaGrid } from '@idlm/core-diffusion';
 *
 * const schedule = cosine();
 * const grid = equalAlphaGrid(4, schedule, { to: 0 });
 * console.log(...Array.from(grid, (t) => schedule.alpha(t).toFixed(3))); // → 0.001 0.251 0.501 0.750 1.000
 * ```
 */
export function equalAlphaGrid(
  steps: number,
  schedule: NoiseSchedule,
  options: Omit<TimeGridOptions, 'spacing'> = {},
): Float64Array {
  const even = timeGrid(steps, options);
  const [first, last] = [schedule.alpha(even[0]!), schedule.alpha(even[steps]!)];
  return even.map((t, i) => (i === 0 || i === steps ? t : schedule.inverse(first + ((last - first) * i) / steps)));
}

/** Refuses a grid that does not strictly decrease within [0, 1] or has no step. */
export function checkGrid(grid: ArrayLike<number>): void {
  if (grid.length < 2) throw new InputError(`A grid needs at least two times; ${grid.length} were given.`);
  for (let i = 0; i < grid.length; i++) {
    const t = grid[i]!;
    if (!(t >= 0 && t <= 1) || (i > 0 && !(t < grid[i - 1]!))) {
      throw new InputError(
        `A grid strictly decreases within [0, 1]; entry ${i} is ${t}${i ? ` after ${grid[i - 1]}` : ''}.`,
      );
    }
  }
}

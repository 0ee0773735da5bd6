/** The times at which the rows of a call of a network stand. */
export interface RowTimes {
  /** Time of the rows; the largest, where they stand at several. */
  readonly t: number;
  /** Time of each row, [R], where they stand at several. */
  readonly times?: Float64Array;
}

/**
 * The times of a call whose rows stand at these: one, or that of each row where they stand at several.
 * @param times t of each row, from 0 (clean) to 1 (noise)
 */
export function timesOfRows(times: ArrayLike<number>): RowTimes {
  const all = Float64Array.from(times);
  const t = all.reduce((most, time) => Math.max(most, time), 0);
  return all.every((time) => time === t) ? { t } : { t, times: all };
}

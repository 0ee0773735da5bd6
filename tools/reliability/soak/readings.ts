/** What a process holds at a moment. */
export interface Reading {
  readonly seconds: number;
  /** Updates made, or texts written. */
  readonly done: number;
  /** Megabytes that the system counts for the process. */
  readonly resident: number;
  /** Megabytes of JavaScript after a collection. */
  readonly heap: number;
  /** Tensors that are not freed. */
  readonly tensors: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Megabytes by which memory may differ between quarters of a run without having grown: what a collector leaves. */
const SLACK = 48;

/** Readings of the second and the fourth quarter: the first one warms up. */
function quarters(readings: readonly Reading[]): readonly [second: readonly Reading[], fourth: readonly Reading[]] {
  const quarter = Math.floor(readings.length / 4);
  return [readings.slice(quarter, 2 * quarter), readings.slice(-quarter)];
}

/** What grew over a soak, in sentences; none where all is flat. @param readings at least eight, evenly spaced */
export function growthIn(readings: readonly Reading[]): string[] {
  const [second, fourth] = quarters(readings);
  const [before, after] = [second, fourth].map((some) => ({
    resident: mean(some.map(({ resident }) => resident)),
    heap: mean(some.map(({ heap }) => heap)),
  })) as [Pick<Reading, 'resident' | 'heap'>, Pick<Reading, 'resident' | 'heap'>];
  const tensors = new Set([...second, ...fourth].map((one) => one.tensors));
  const grown = (name: 'resident' | 'heap') =>
    after[name] - before[name] > Math.max(SLACK, 0.05 * before[name])
      ? [`The ${name} memory grew from ${before[name].toFixed(0)} to ${after[name].toFixed(0)} MB.`]
      : [];
  return [
    ...grown('resident'),
    ...grown('heap'),
    ...(tensors.size > 1 ? [`The number of tensors changed: ${[...tensors].join(', ')}.`] : []),
  ];
}

/** The first and the last quarter but one in numbers, for the table. */
export function summaryOf(readings: readonly Reading[]): string[] {
  const [second, fourth] = quarters(readings);
  const between = (name: 'resident' | 'tensors') =>
    [second, fourth].map((some) => mean(some.map((one) => one[name])).toFixed(0)).join(' → ');
  const last = readings.at(-1)!;
  return [String(last.done), between('resident'), between('tensors')];
}

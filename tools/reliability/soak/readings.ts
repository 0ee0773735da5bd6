/** What a process holds at a moment. */
export interface Reading {
  readonly seconds: number;
  /** Updates made, or texts written. */
  readonly done: number;
  /** Megabytes that the system counts for the process alone. */
  readonly own: number;
  /** Megabytes of JavaScript after a collection. */
  readonly heap: number;
  /** Tensors that are not freed. */
  readonly tensors: number;
  /** Sockets that are open, of a server and of its clients. */
  readonly sockets: number;
  /** Milliseconds by which events of the process came late since the reading before: 99 of 100 less. */
  readonly delay: number;
}

/** A reading in one line. */
export const inWords = ({ seconds, done, own, heap, tensors, sockets, delay }: Reading): string =>
  `${(seconds / 60).toFixed(0)} min: ${done} done, ${own.toFixed(0)} MB of its own, ${heap.toFixed(1)} of JavaScript, ` +
  `${tensors} tensors, ${sockets} sockets, events ${delay.toFixed(0)} ms late`;

type Name = Exclude<keyof Reading, 'seconds'>;

/** Megabytes by which memory may differ between quarters of a run without having grown: what a collector leaves. */
const SLACK = 48;

/** What memory is called. */
const MEMORY = { own: "The process's own memory", heap: "JavaScript's memory" };

/** Milliseconds from which events are late, and how many times as late they may become where others use the machine. */
const [LATE, LATER] = [250, 4];

/** Seconds of a run from which that counts: in a shorter one, another process that starts beside it makes a quarter late. */
const COUNTS_FROM = 600;

/** Readings of the second and the fourth quarter: the first one warms up. */
function quarters(readings: readonly Reading[]): readonly [second: readonly Reading[], fourth: readonly Reading[]] {
  const quarter = Math.floor(readings.length / 4);
  return [readings.slice(quarter, 2 * quarter), readings.slice(-quarter)];
}

const mean = (readings: readonly Reading[], name: Name): number =>
  readings.reduce((sum, one) => sum + one[name], 0) / readings.length;

/** Means of the second and of the fourth quarter. */
const means = (readings: readonly Reading[], name: Name): readonly [before: number, after: number] => {
  const [second, fourth] = quarters(readings);
  return [mean(second, name), mean(fourth, name)];
};

/** What grew over a soak, in sentences; none where all is flat. @param readings at least four, evenly spaced */
export function growthIn(readings: readonly Reading[]): string[] {
  const grown = (['own', 'heap'] as const).flatMap((name) => {
    const [before, after] = means(readings, name);
    return after - before > Math.max(SLACK, 0.05 * before)
      ? [`${MEMORY[name]} grew from ${before.toFixed(0)} to ${after.toFixed(0)} MB.`]
      : [];
  });
  const changed = (['tensors', 'sockets'] as const).flatMap((name) => {
    const counts = new Set(quarters(readings).flatMap((some) => some.map((one) => one[name])));
    return counts.size > 1 ? [`The number of ${name} changed: ${[...counts].join(', ')}.`] : [];
  });
  const [before, after] = means(readings, 'delay');
  const late =
    readings.at(-1)!.seconds >= COUNTS_FROM && after > Math.max(LATE, LATER * before)
      ? [`Events were ${before.toFixed(0)} ms late, and ${after.toFixed(0)} ms in the end.`]
      : [];
  return [...grown, ...changed, ...late];
}

/** The second and the last quarter in numbers, for the table. */
export function summaryOf(readings: readonly Reading[]): string[] {
  const between = (name: Name) =>
    means(readings, name)
      .map((value) => value.toFixed(0))
      .join(' → ');
  const names: readonly Name[] = ['own', 'tensors', 'sockets', 'delay'];
  return [String(readings.at(-1)!.done), ...names.map(between)];
}

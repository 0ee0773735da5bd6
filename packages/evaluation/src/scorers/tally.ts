/** Counts of the whole numbers from 0 on. */
export interface Tally {
  /** How often a number was counted. */
  at(index: number): number;
  increment(index: number): void;
}

/** A tally that takes 4 bytes for each number up to the largest, and at most as much again. */
export function tally(): Tally {
  let counts = new Int32Array(1024);
  return {
    at: (index) => counts[index] ?? 0,
    increment(index) {
      if (index >= counts.length) {
        const larger = new Int32Array(2 * Math.max(index, counts.length));
        larger.set(counts);
        counts = larger;
      }
      counts[index]!++;
    },
  };
}

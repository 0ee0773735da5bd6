import { InputError } from '@idlm/core-diffusion';
import { type TextBatch, countedRows } from '../rows';
import { mean } from './entropy';

/** Distances of samples from data in four plain statistics; 0 is none. */
export interface Drift {
  /** Total variation between token frequencies, in [0, 1]. */
  readonly marginals: number;
  /** Total variation between frequencies of adjacent pairs, in [0, 1]. */
  readonly pairs: number;
  /** Relative difference of mean lengths, in tokens before the padding: −0.2 where samples are a fifth shorter; 0 without padding. */
  readonly lengths: number;
  /** Relative difference of the entropies of all tokens before the padding, pooled: negative where samples are less diverse. */
  readonly entropy: number;
}

/** The names of the statistics, in the order of reports. */
export const DRIFT_STATISTICS = [
  'marginals',
  'pairs',
  'lengths',
  'entropy',
] as const satisfies readonly (keyof Drift)[];

/** Relative frequencies of n-grams (n = 1, 2) within rows, by key. */
function frequencies(rows: readonly Int32Array[], n: 1 | 2): Map<number, number> {
  const counts = new Map<number, number>();
  let total = 0;
  for (const row of rows) {
    for (let i = 0; i + n <= row.length; i++, total++) {
      const key = n === 1 ? row[i]! : row[i]! * 2 ** 21 + row[i + 1]!;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return new Map(Array.from(counts, ([key, count]) => [key, count / total]));
}

/** ½ Σ |p − q| over all keys of both. */
function totalVariation(p: ReadonlyMap<number, number>, q: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const key of new Set([...p.keys(), ...q.keys()])) sum += Math.abs((p.get(key) ?? 0) - (q.get(key) ?? 0));
  return sum / 2;
}

/** −Σ p ln p, in nats; 0 of nothing. */
function entropyOf(frequency: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const p of frequency.values()) sum -= p * Math.log(p);
  return sum;
}

/** Rows up to their trailing padding. */
export const withoutPadding = (rows: readonly Int32Array[], padId: number | undefined): readonly Int32Array[] =>
  padId === undefined ? rows : rows.map((row) => row.subarray(0, row.findLastIndex((id) => id !== padId) + 1));

/** a / b − 1, and 0 where they are equal, also at 0. */
const relativeDifference = (a: number, b: number): number => (a === b ? 0 : a / b - 1);

/** `drift` between rows of any lengths, one or more on either side. */
export function driftOfRows(
  samples: readonly Int32Array[],
  data: readonly Int32Array[],
  padId: number | undefined,
): Drift {
  const [ours, theirs] = [withoutPadding(samples, padId), withoutPadding(data, padId)];
  const meanLength = (rows: readonly Int32Array[]) => mean(rows.map(({ length }) => length));
  return {
    marginals: totalVariation(frequencies(samples, 1), frequencies(data, 1)),
    pairs: totalVariation(frequencies(samples, 2), frequencies(data, 2)),
    lengths: padId === undefined ? 0 : relativeDifference(meanLength(ours), meanLength(theirs)),
    entropy: relativeDifference(entropyOf(frequencies(ours, 1)), entropyOf(frequencies(theirs, 1))),
  };
}

/**
 * How far samples have drifted from data: quality can rise while these drift, so they are always read together. Chance
 * alone makes some of it, the more the fewer samples and data there are; `driftReference` tells how much. Tokens that are given
 * do not count.
 * @param padId the padding token, where rows are padded
 * @throws InputError if either batch is empty
 * @example
 * ```ts
 * import { drift } from '@idlm/evaluation';
 *
 * const samples = { ids: Int32Array.of(0, 0, 0, 1), batch: 1, length: 4 };
 * const data = { ids: Int32Array.of(0, 1, 0, 1), batch: 1, length: 4 };
 * console.log(drift(samples, data).marginals); // → 0.25
 * ```
 */
export function drift(samples: TextBatch, data: TextBatch, padId?: number): Drift {
  if (!samples.batch || !data.batch)
    throw new InputError('Drift is measured between at least one sample and one window of data.');
  return driftOfRows(countedRows(samples), countedRows(data), padId);
}

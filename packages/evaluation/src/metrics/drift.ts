import { InputError, type TokenBatch } from '@idlm/core-diffusion';
import { mean, rowsOf } from './entropy';

/** Distances of samples from data in three plain statistics. */
export interface Drift {
  /** Total variation between token frequencies, in [0, 1]. */
  readonly marginals: number;
  /** Total variation between frequencies of adjacent pairs, in [0, 1]. */
  readonly pairs: number;
  /** Relative difference of mean lengths, in tokens before the padding; 0 without padding. */
  readonly lengths: number;
}

/** Relative frequencies of n-grams (n = 1, 2), by key. */
function frequencies(batch: TokenBatch, n: 1 | 2): Map<number, number> {
  const counts = new Map<number, number>();
  let total = 0;
  for (const row of rowsOf(batch)) {
    for (let i = 0; i + n <= row.length; i++, total++) {
      const key = n === 1 ? row[i]! : row[i]! * 2 ** 21 + row[i + 1]!;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return new Map(Array.from(counts, ([key, count]) => [key, count / total]));
}

/** ½ Σ |p − q| over all keys of both. */
export function totalVariation(p: ReadonlyMap<number, number>, q: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const key of new Set([...p.keys(), ...q.keys()])) sum += Math.abs((p.get(key) ?? 0) - (q.get(key) ?? 0));
  return sum / 2;
}

/** Mean number of tokens before the trailing padding. */
function meanLength(batch: TokenBatch, padId: number): number {
  return mean(rowsOf(batch).map((row) => row.findLastIndex((id) => id !== padId) + 1));
}

/**
 * How far samples have drifted from data: quality can rise while these drift, so they are always read together.
 * @param padId the padding token, where rows are padded
 * @throws InputError if either batch is empty
 */
export function drift(samples: TokenBatch, data: TokenBatch, padId?: number): Drift {
  if (!samples.batch || !data.batch)
    throw new InputError('Drift is measured between at least one sample and one window of data.');
  const lengths = padId === undefined ? [1, 1] : [meanLength(samples, padId), meanLength(data, padId)];
  return {
    marginals: totalVariation(frequencies(samples, 1), frequencies(data, 1)),
    pairs: totalVariation(frequencies(samples, 2), frequencies(data, 2)),
    lengths: Math.abs(lengths[0]! / lengths[1]! - 1),
  };
}

/** The drift that sampling alone makes: one half of the data's windows (every other one) against the other. */
export function driftNoiseFloor(data: TokenBatch, padId?: number): Drift {
  const half = (parity: number): TokenBatch => {
    const rows = rowsOf(data).filter((_, row) => row % 2 === parity);
    const ids = new Int32Array(rows.length * data.length);
    rows.forEach((row, i) => ids.set(row, i * data.length));
    return { ids, batch: rows.length, length: data.length };
  };
  return drift(half(0), half(1), padId);
}

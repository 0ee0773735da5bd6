import { type TextBatch, countedRows } from '../rows';

/**
 * Share of distinct n-grams among all n-grams within the samples, given tokens aside, in (0, 1]. Source: Li et al. (arXiv 1510.03055).
 * @example
 * ```ts
 * import { distinct } from '@idlm/evaluation';
 *
 * const samples = { ids: Int32Array.of(1, 2, 1, 2), batch: 1, length: 4 };
 * console.log(distinct(samples, 1), distinct(samples, 2).toFixed(3)); // → 0.5 0.667
 * ```
 */
export function distinct(samples: TextBatch, n: number): number {
  const seen = new Set<string>();
  let total = 0;
  for (const row of countedRows(samples)) {
    for (let i = 0; i + n <= row.length; i++, total++) seen.add(row.subarray(i, i + n).join());
  }
  return total ? seen.size / total : 1;
}

/**
 * Share of words that stand in a word list, over the inner words of texts: the first and last of a window may be cut.
 * @returns NaN when no text has an inner word
 * @example
 * ```ts
 * import { dictionaryWordRate } from '@idlm/evaluation';
 *
 * console.log(dictionaryWordRate(['ale the wahle and shi'], new Set(['the', 'and', 'whale'])).toFixed(3)); // → 0.667
 * ```
 */
export function dictionaryWordRate(texts: readonly string[], words: ReadonlySet<string>): number {
  let [known, total] = [0, 0];
  for (const text of texts) {
    for (const word of text.split(/\s+/).slice(1, -1)) {
      total++;
      if (words.has(word)) known++;
    }
  }
  return total ? known / total : NaN;
}

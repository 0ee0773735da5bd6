import { type TextBatch, countedRows } from '../rows';

/** Natural-log entropy of one sequence's unigram counts. */
function sequenceEntropy(ids: Int32Array): number {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / ids.length) * Math.log(count / ids.length);
  return entropy;
}

/** Mean of numbers. */
export const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length;

/** Standard error of a mean. */
export function standardError(values: ArrayLike<number>): number {
  const centre = mean(values);
  const variance = mean(Array.from(values, (value) => (value - centre) ** 2));
  return Math.sqrt(variance / Math.max(1, values.length - 1));
}

/**
 * Unigram entropy per sample, [B], in nats: the diversity guard of the references, over all L tokens, special ones too, but for
 * those that are given.
 * Source: Duo repository, `sample entropy`.
 * @example
 * ```ts
 * import { unigramEntropy } from '@idlm/evaluation';
 *
 * const samples = { ids: Int32Array.of(0, 1, 2, 2, 2, 2), batch: 2, length: 3 };
 * console.log(...Array.from(unigramEntropy(samples), (nats) => nats.toFixed(3))); // → 1.099 0.000
 * ```
 */
export const unigramEntropy = (samples: TextBatch): Float64Array =>
  Float64Array.from(countedRows(samples), sequenceEntropy);

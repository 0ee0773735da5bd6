import { batchRowOf } from '../flat-positions';
import type { MarkedBatch } from '../noise/batch';

/** How per-position losses become one number. */
export type Reduction =
  /** Sum over positions, mean over rows: the reference of IDLM. */
  | 'sum'
  /** Mean over the positions of each row that count, then over rows: the reference with prompts. */
  | 'mean'
  /** Mean over all positions of the batch that count: the reference of teacher training. */
  | 'token-mean';

/**
 * The factor of each position under a reduction, so that loss = Σ_n factor_n · perPosition_n; 0 at what does not count.
 * @param positions flat positions b·L + l, [N]
 */
export function reductionFactors(
  positions: Int32Array,
  { batch, length, valid, counted }: Pick<MarkedBatch, 'batch' | 'length' | 'valid' | 'counted'>,
  reduction: Reduction,
): Float32Array {
  const perRow = new Float64Array(batch);
  const counts = (position: number) => valid[position]! * (counted?.[position] ?? 1);
  valid.forEach((_, i) => (perRow[batchRowOf(i, length)]! += counts(i)));
  const all = Math.max(
    1,
    perRow.reduce((a, b) => a + b, 0),
  );
  return Float32Array.from(positions, (position) => {
    if (counted && counts(position) === 0) return 0;
    if (reduction === 'token-mean') return 1 / all;
    return 1 / (batch * (reduction === 'sum' ? 1 : Math.max(1, perRow[batchRowOf(position, length)]!)));
  });
}

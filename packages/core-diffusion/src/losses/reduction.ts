import { batchRowOf } from '../flat-positions';
import type { MarkedBatch } from '../noise/batch';

/** How per-position losses become one number. */
export type Reduction =
  /** Sum over positions, mean over rows: the reference of IDLM. */
  | 'sum'
  /** Mean over the valid positions of each row, then over rows: the reference with prompts. */
  | 'mean'
  /** Mean over all valid positions of the batch: the reference of teacher training. */
  | 'token-mean';

/**
 * The factor of each position under a reduction, so that loss = Σ_n factor_n · perPosition_n.
 * @param positions flat positions b·L + l, [N]
 */
export function reductionFactors(
  positions: Int32Array,
  { batch, length, valid }: Pick<MarkedBatch, 'batch' | 'length' | 'valid'>,
  reduction: Reduction,
): Float32Array {
  const perRow = new Float64Array(batch);
  valid.forEach((one, i) => (perRow[batchRowOf(i, length)]! += one));
  const all = Math.max(
    1,
    perRow.reduce((a, b) => a + b, 0),
  );
  return Float32Array.from(positions, (position) => {
    if (reduction === 'token-mean') return 1 / all;
    return 1 / (batch * (reduction === 'sum' ? 1 : Math.max(1, perRow[batchRowOf(position, length)]!)));
  });
}

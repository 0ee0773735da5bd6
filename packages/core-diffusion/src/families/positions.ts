import { InputError } from '../errors';

/**
 * Pads flat positions with 0 up to a multiple of `share` of the total, so that few shapes occur over many steps.
 * @param share in (0, 1]; 1/8 makes at most eight shapes
 */
export function padPositions(positions: Int32Array, total: number, share = 1 / 8): Int32Array {
  if (!(share > 0 && share <= 1))
    throw new InputError(`A bucket is a share of all positions in (0, 1]; ${share} was given.`);
  const bucket = Math.max(1, Math.ceil(total * share));
  const padded = new Int32Array(Math.max(1, Math.ceil(positions.length / bucket)) * bucket);
  padded.set(positions);
  return padded;
}

/** The index in `positions` of each of `total` flat positions, −1 for those not in it. */
export function rowsOf(positions: ArrayLike<number>, total: number): Int32Array {
  const rows = new Int32Array(total).fill(-1);
  for (let n = 0; n < positions.length; n++) rows[positions[n]!] = n;
  return rows;
}

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
 * @param positions flat positions b·L + l [N] (padding may have any factor: its loss is 0)
 * @param valid 1 where a token counts, [B·L]; all by default
 */
export function reductionFactors(
  positions: Int32Array,
  batch: number,
  length: number,
  reduction: Reduction,
  valid?: Uint8Array,
): Float32Array {
  const perRow = new Float64Array(batch);
  for (let i = 0; i < batch * length; i++) perRow[Math.floor(i / length)]! += valid ? valid[i]! : 1;
  const all = Math.max(
    1,
    perRow.reduce((a, b) => a + b, 0),
  );
  return Float32Array.from(positions, (position) => {
    if (reduction === 'token-mean') return 1 / all;
    return 1 / (batch * (reduction === 'sum' ? 1 : Math.max(1, perRow[Math.floor(position / length)]!)));
  });
}

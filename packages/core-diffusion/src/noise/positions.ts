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

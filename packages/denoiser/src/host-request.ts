import { InputError } from '@idlm/core-diffusion/errors';
import { timesOfRows } from '@idlm/core-diffusion/sampling';
import { LARGE_NETWORK } from './networks/sizes';

/** Tokens and the positions whose logits are wanted; the request that samplers make. */
export interface HostRequest {
  /** [R, L], row-major. */
  readonly tokens: Int32Array;
  readonly length: number;
  /** Time of the rows; the largest, where they stand at several. */
  readonly t: number;
  /** Time of each row, [R], where they stand at several. */
  readonly times?: Float64Array;
  /** Flat positions, ascending. */
  readonly positions: Int32Array;
}

/** Tokens of a call of a large network: they keep processors as busy as more would, and its blocks hold 44 kB of each at width 768. */
const TOKENS_OF_LARGE = 2 ** 11;

/**
 * Rows of length L that one call takes by default: a power of two up to 256, with rows · L² ≤ 2²⁴ as far as one row allows,
 * so that attention's scores stay below a gigabyte with 12 heads (16 rows of 1024 tokens); of a large network rows · L ≤ 2¹¹.
 * @param weights of the network, whose number tells whether it is large (default 0)
 */
export function rowsPerCall(length: number, weights = 0): number {
  const most = Math.min(2 ** 24 / length ** 2, weights < LARGE_NETWORK ? 256 : TOKENS_OF_LARGE / length);
  return Math.min(256, 2 ** Math.max(0, Math.floor(Math.log2(most))));
}

function checkRequest({ tokens, length, positions, times }: HostRequest): void {
  if (!(length > 0 && Number.isInteger(tokens.length / length)))
    throw new InputError(`Tokens must be whole rows of ${length}; ${tokens.length} were given.`);
  if (times && times.length !== tokens.length / length)
    throw new InputError(
      `Each row has one of the times of a request: ${tokens.length / length} rows and ${times.length} times were given.`,
    );
  let last = 0;
  for (const position of positions) {
    if (position < last || position >= tokens.length)
      throw new InputError(
        `Positions must ascend within 0 to ${tokens.length - 1}; ${position} after ${last} was given.`,
      );
    last = position;
  }
}

/**
 * The total noise σ that a network reads for each row of a request, [R].
 * @param rows R of a call that is padded; the rows behind those of the request get that of `t`
 */
export function sigmaOfRows(
  { tokens, length, t, times }: HostRequest,
  schedule: { readonly sigma: (t: number) => number },
  rows = tokens.length / length,
): Float32Array {
  const sigma = new Float32Array(rows).fill(schedule.sigma(t));
  times?.forEach((time, row) => (sigma[row] = schedule.sigma(time)));
  return sigma;
}

/**
 * A request as several, of so many rows each, in arrays of their own; the last gets what rows there are.
 * @param sizesOf rows of the parts of so many, together at least as many
 * @throws InputError for tokens that are no whole rows, positions that do not ascend within them, or another number of times
 */
export function splitRequest(request: HostRequest, sizesOf: (rows: number) => readonly number[]): HostRequest[] {
  checkRequest(request);
  const { tokens, positions, length, t } = request;
  let [start, done] = [0, 0];
  return sizesOf(tokens.length / length).map((rows) => {
    const end = Math.min(start + rows * length, tokens.length);
    let next = done;
    while (next < positions.length && positions[next]! < end) next++;
    const own = positions.slice(done, next).map((position) => position - start);
    const times = request.times?.slice(start / length, end / length);
    const part = {
      tokens: tokens.slice(start, end),
      positions: own,
      length,
      ...(times ? timesOfRows(times) : { t }),
    };
    [start, done] = [end, next];
    return part;
  });
}

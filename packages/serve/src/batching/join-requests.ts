import { timesOfRows } from '@idlm/core-diffusion/sampling';
import type { DenoiseRequest } from '@idlm/samplers';

/** Time of each row of a request. */
const rowTimes = ({ tokens, length, t, times }: DenoiseRequest): readonly number[] =>
  times ? Array.from(times) : new Array<number>(tokens.length / length).fill(t);

/**
 * The requests of several, of rows of one length, as one: rows behind rows, positions counted on.
 * @param timesPerRow whether the network is told the time of each row
 */
export function joinRequests(requests: readonly DenoiseRequest[], timesPerRow: boolean): DenoiseRequest {
  const { length } = requests[0]!;
  const { t, times } = timesOfRows(requests.flatMap(rowTimes));
  const tokens = new Int32Array(requests.reduce((sum, one) => sum + one.tokens.length, 0));
  const positions = new Int32Array(requests.reduce((sum, one) => sum + one.positions.length, 0));
  let [rows, asked] = [0, 0];
  for (const one of requests) {
    tokens.set(one.tokens, rows);
    for (let n = 0; n < one.positions.length; n++) positions[asked + n] = rows + one.positions[n]!;
    rows += one.tokens.length;
    asked += one.positions.length;
  }
  return { tokens, length, t, positions, ...(timesPerRow && times && { times }) };
}

import type { DenoiseRequest } from '@idlm/samplers';

/** The requests of several, of rows of one length, as one: rows behind rows, positions counted on. */
export function joinRequests(requests: readonly DenoiseRequest[]): DenoiseRequest {
  const { length, t } = requests[0]!;
  const tokens = new Int32Array(requests.reduce((sum, one) => sum + one.tokens.length, 0));
  const positions = new Int32Array(requests.reduce((sum, one) => sum + one.positions.length, 0));
  let [rows, asked] = [0, 0];
  for (const one of requests) {
    tokens.set(one.tokens, rows);
    for (let n = 0; n < one.positions.length; n++) positions[asked + n] = rows + one.positions[n]!;
    rows += one.tokens.length;
    asked += one.positions.length;
  }
  return { tokens, length, t, positions };
}

import { batchRowOf } from '@idlm/core-diffusion/sampling';
import { checkLogits } from '../predict';
import type { Denoise, DenoiseRequest, Network } from '../sampler';

/** What is asked of the rows at one time, as a request of their own, and where its positions stand among all. */
function partAt(
  { tokens, length, positions, rows, times }: DenoiseRequest,
  t: number,
): { readonly part: DenoiseRequest; readonly places: readonly number[] } {
  const kept = Array.from(times!.keys()).filter((row) => times![row] === t);
  const indexOf = new Map(kept.map((row, index) => [row, index]));
  const places = Array.from(positions.keys()).filter((n) => indexOf.has(batchRowOf(positions[n]!, length)));
  const sent = new Int32Array(kept.length * length);
  kept.forEach((row, index) => sent.set(tokens.subarray(row * length, (row + 1) * length), index * length));
  const local = places.map((n) => indexOf.get(batchRowOf(positions[n]!, length))! * length + (positions[n]! % length));
  const part = { tokens: sent, length, t, positions: Int32Array.from(local) };
  return { part: rows ? { ...part, rows: Int32Array.from(kept, (row) => rows[row]!) } : part, places };
}

/**
 * A network of which rows at different times may be asked at once: one that does not read `times` is asked for those of each time
 * by themselves.
 * @param width V: logits of a position
 * @param name what messages call the network
 */
export function atRowTimes({ denoise, timesPerRow }: Network, width: number, name: string): Denoise {
  if (timesPerRow) return denoise;
  return async (request) => {
    const { positions, times } = request;
    if (!times) return denoise(request);
    const out = new Float64Array(positions.length * width);
    const parts = [...new Set(times)].map((t) => partAt(request, t)).filter(({ places }) => places.length);
    await Promise.all(
      parts.map(async ({ part, places }) => {
        const logits = await denoise(part);
        checkLogits(logits, places.length, width, name);
        places.forEach((n, i) => out.set(logits.subarray(i * width, (i + 1) * width), n * width));
      }),
    );
    return out;
  };
}

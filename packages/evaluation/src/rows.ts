import type { RandomStream, TokenBatch } from '@idlm/core-diffusion';

/** Some rows as a batch. */
export function batchOf(rows: readonly Int32Array[], length: number): TokenBatch {
  const ids = new Int32Array(rows.length * length);
  rows.forEach((row, i) => ids.set(row, i * length));
  return { ids, batch: rows.length, length };
}

/** The rows in a drawn order (Fisher–Yates). */
export function shuffled<Item>(items: readonly Item[], random: RandomStream): Item[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

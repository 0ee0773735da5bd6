import type { Communicator } from './communicator';

/** Consecutive things of one rank: those from `first` to before `end`. */
export interface Share {
  readonly first: number;
  readonly end: number;
}

/** What a rank does of `count` things that all ranks share: consecutive ones, of numbers that differ by at most one. */
export function shareOf(count: number, { rank, size }: Pick<Communicator, 'rank' | 'size'>): Share {
  const before = (ranks: number): number => Math.floor((count * ranks) / size);
  return { first: before(rank), end: before(rank + 1) };
}

/** Whole numbers of all ranks behind one another, by rank. */
export async function gatherNumbers(ranks: Communicator, own: Int32Array): Promise<Int32Array> {
  if (ranks.size === 1) return own;
  const told = await ranks.gather(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
  const all = new Uint8Array(told.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of told) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return new Int32Array(all.buffer);
}

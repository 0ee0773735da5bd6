import type { RowCorpus } from '../corpora/rows';
import type { Batch, Loader, Randomness } from './loader';

/** Rows drawn from a corpus of padded rows. */
export interface RowLoaderOptions {
  readonly corpus: Pick<RowCorpus, 'train' | 'length' | 'prompts'>;
  readonly batch: number;
  readonly random: Randomness;
}

/** Marks of which tokens count, [B, L]: not those of the prompts. */
export function validOf(prompts: ArrayLike<number>, length: number): Uint8Array {
  const valid = new Uint8Array(prompts.length * length).fill(1);
  Array.from(prompts).forEach((prompt, row) => valid.fill(0, row * length, row * length + prompt));
  return valid;
}

/** Whole rows of the training part, each drawn evenly among all, with `valid` where rows have prompts. */
export function rowLoader({ corpus: { train, length, prompts }, batch, random }: RowLoaderOptions): Loader {
  const count = train.length / length;
  return {
    batch,
    length,
    at(k): Batch {
      const stream = random.split(k);
      const rows = Array.from({ length: batch }, () => Math.floor(stream.uniform() * count));
      const ids = new Int32Array(batch * length);
      rows.forEach((row, i) => ids.set(train.subarray(row * length, (row + 1) * length), i * length));
      if (!prompts) return { ids, batch, length };
      const asked = rows.map((row) => prompts.train[row]!);
      return { ids, batch, length, valid: validOf(asked, length) };
    },
  };
}

/** The held-out rows, at most `most` of them, [count, L]: what evaluation compares samples with. */
export function heldOutRows(
  { heldOut, length, prompts }: Pick<RowCorpus, 'heldOut' | 'length' | 'prompts'>,
  most = Infinity,
): Batch {
  const count = Math.min(heldOut.length / length, most);
  const ids = new Int32Array(heldOut.subarray(0, count * length));
  const asked = prompts?.heldOut.subarray(0, count);
  return { ids, batch: count, length, ...(asked ? { valid: validOf(asked, length) } : {}) };
}

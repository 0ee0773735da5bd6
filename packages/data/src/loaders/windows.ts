import { InputError } from '../errors';
import type { Batch, Loader, Randomness } from './loader';

/** Consecutive windows at random offsets of a packed row. */
export interface WindowOptions {
  readonly tokens: Int32Array;
  readonly length: number;
  readonly batch: number;
  readonly random: Randomness;
}

/**
 * Windows of L tokens at random offsets.
 * @throws InputError if the row is shorter than one window
 */
export function windowLoader({ tokens, length, batch, random }: WindowOptions): Loader {
  const offsets = tokens.length - length + 1;
  if (offsets < 1)
    throw new InputError(
      `The corpus has ${tokens.length} tokens, fewer than one window of ${length}; give more text or a smaller data.length.`,
    );
  return {
    batch,
    length,
    at(k) {
      const stream = random.split(k);
      const ids = new Int32Array(batch * length);
      for (let row = 0; row < batch; row++) {
        const offset = Math.floor(stream.uniform() * offsets);
        ids.set(tokens.subarray(offset, offset + length), row * length);
      }
      return { ids, batch, length };
    },
  };
}

/** All whole windows of a row, one after another, [count, L]: what evaluation compares samples with. */
export function consecutiveWindows(tokens: Int32Array, length: number, most = Infinity): Batch {
  const count = Math.min(Math.floor(tokens.length / length), most);
  return { ids: tokens.slice(0, count * length), batch: count, length };
}

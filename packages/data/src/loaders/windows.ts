import type { TokenArray } from '../tokens/token-store';
import { InputError } from '../errors';
import { type Batch, type MemoryLoader, type Randomness, checkBatch } from './loader';

/** Ids that every window begins and ends with; L − 2 tokens of text stand between them. */
export interface WindowEnds {
  readonly begin: number;
  readonly end: number;
}

/** Consecutive windows at random offsets of a packed row. */
export interface WindowOptions {
  readonly tokens: TokenArray;
  readonly length: number;
  readonly batch: number;
  readonly random: Randomness;
  /** Default: windows of text alone. */
  readonly ends?: WindowEnds;
}

/** Tokens of text in a window. @throws InputError if none has room */
export function spanOf(length: number, ends: WindowEnds | undefined): number {
  const span = ends ? length - 2 : length;
  if (span >= 1) return span;
  throw new InputError(`A window of ${length} tokens has no room between its ends; set data.length to at least 3.`);
}

/** Whole windows of so many tokens, one after another. @throws InputError if there is none */
export function windowsIn(tokens: number, length: number, ends: WindowEnds | undefined): number {
  const count = Math.floor(tokens / spanOf(length, ends));
  if (count >= 1) return count;
  throw new InputError(
    `The corpus has ${tokens} tokens, fewer than one window of ${length}; give more text or a smaller data.length.`,
  );
}

/** Windows of text at offsets of a row, [count, L]. */
function windowsAt(tokens: TokenArray, offsets: ArrayLike<number>, length: number, ends?: WindowEnds): Int32Array {
  const span = spanOf(length, ends);
  const ids = new Int32Array(offsets.length * length);
  for (let row = 0; row < offsets.length; row++) {
    const offset = offsets[row]!;
    ids.set(tokens.subarray(offset, offset + span), row * length + (ends ? 1 : 0));
    if (!ends) continue;
    ids[row * length] = ends.begin;
    ids[(row + 1) * length - 1] = ends.end;
  }
  return ids;
}

/**
 * Windows of L tokens at random offsets.
 * @throws InputError if the row is shorter than one window, or a batch has none
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { windowLoader } from '@idlm/data';
 *
 * const tokens = Int32Array.from({ length: 100 }, (_, i) => i);
 * const loader = windowLoader({ tokens, length: 4, batch: 2, random: randomStream(1) });
 * console.log(...loader.at(0).ids); // → 89 90 91 92 68 69 70 71
 * ```
 */
export function windowLoader({ tokens, length, batch, random, ends }: WindowOptions): MemoryLoader {
  checkBatch(batch);
  windowsIn(tokens.length, length, ends);
  const offsets = tokens.length - spanOf(length, ends) + 1;
  return {
    batch,
    length,
    at(k) {
      const stream = random.split(k);
      const drawn = Array.from({ length: batch }, () => Math.floor(stream.uniform() * offsets));
      return { ids: windowsAt(tokens, drawn, length, ends), batch, length };
    },
  };
}

/** All whole windows of a row, one after another, [count, L]: what evaluation compares samples with. */
export function consecutiveWindows(tokens: TokenArray, length: number, most = Infinity, ends?: WindowEnds): Batch {
  const span = spanOf(length, ends);
  const count = Math.min(Math.floor(tokens.length / span), most);
  const offsets = Array.from({ length: count }, (_, row) => row * span);
  return { ids: windowsAt(tokens, offsets, length, ends), batch: count, length };
}

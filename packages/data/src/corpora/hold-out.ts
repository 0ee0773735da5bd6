import { InputError } from '../errors';
import type { TokenArray } from '../tokens/token-store';

/** The share of a text of which all is held out, since no model was trained on it. */
export const WHOLE = 1;

/** @throws InputError unless the held-out share lies in [0, 0.5], or is all of the text */
export function checkShare(share: number): void {
  if (!((share >= 0 && share <= 0.5) || share === WHOLE))
    throw new InputError(`The held-out share lies in [0, 0.5], or is 1; ${share} was given.`);
}

/** Tokens of packed text before its held-out end. @throws InputError if what is used are fewer than one window takes */
export function trainedTokens(tokens: number, share: number, least: number): number {
  const count = Math.ceil(tokens * (1 - share));
  const [used, what] = share === WHOLE ? [tokens, 'that are held out'] : [count, 'to train on'];
  if (used >= least) return count;
  throw new InputError(`The corpus has ${used} tokens ${what}; at least ${least} are needed, one window.`);
}

/** @throws InputError in the place of batches of a text that is held out as a whole */
export function refuseTraining(): never {
  throw new InputError(
    'All of the text is held out (data.heldOut is 1), so that none is left to train on; set a share of at most 0.5.',
  );
}

/** Murmur3's finalizer: every bit of a 32-bit number depends on every other. */
function spread(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32 bits that depend on a row's tokens alone: FNV-1a over its ids, spread. */
function rowHash(tokens: TokenArray, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ tokens[i]!, 0x01000193);
  return spread(hash);
}

/**
 * Whether a row is held out where not all are known yet: by a hash of its tokens, so that equal ones are or are not together.
 * @param share in [0, 0.5], or 1, which is what is held out of many rows on average
 */
export const isHeldOut = (row: TokenArray, share: number): boolean => rowHash(row, 0, row.length) < share * 2 ** 32;

/** Which rows are trained on, in their order, and which are held out, in an order that says nothing. */
export interface RowSplit {
  readonly train: Uint32Array;
  readonly heldOut: Uint32Array;
}

/**
 * Holds out a share of rows by a hash of their tokens. Lists are often sorted, so their end would be no fair sample; equal
 * rows go to the same side, so none that was trained on is held out as well.
 *
 * Of rows in files it is not known how many there will be, and `isHeldOut` compares the same hash with share · 2³² instead. Both take the rows
 * of the lowest hashes, so that one set holds all of the other; how many the second takes is binomial, with a standard deviation of
 * √(N · share · (1 − share)).
 * @param tokens [N, L] row-major
 * @param share in [0, 0.5], or 1; a little less is held out where equal rows stand at the cut
 */
export function holdOutRows(tokens: TokenArray, length: number, share: number): RowSplit {
  const count = tokens.length / length;
  const hashes = Uint32Array.from({ length: count }, (_, row) => rowHash(tokens, row * length, length));
  const order = Uint32Array.from(hashes.keys()).sort((a, b) => hashes[a]! - hashes[b]! || a - b);
  let cut = Math.floor(count * share);
  while (cut > 0 && hashes[order[cut]!] === hashes[order[cut - 1]!]) cut--;
  // A second hash, with the row's number in it, so that equal rows do not stand side by side.
  const shuffled = Uint32Array.from(hashes, (hash, row) => spread(hash ^ spread(row + 1)));
  return {
    train: order.slice(cut).sort(),
    heldOut: order.slice(0, cut).sort((a, b) => shuffled[a]! - shuffled[b]! || a - b),
  };
}

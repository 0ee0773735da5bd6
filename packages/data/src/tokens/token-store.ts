import { tokenHash } from './token-hash';

/** Token ids, as narrow as the vocabulary allows: one, two or four bytes each. */
export type TokenArray = Uint8Array | Uint16Array | Int32Array;

/** Ids that there is room for at first, and that are added where more is needed. */
const SOME = 1 << 16;

/** A growing sequence of ids, which knows its hash. */
export interface TokenStore {
  readonly size: number;
  add(ids: ArrayLike<number>): void;
  /** All ids, without a copy; the store is not to be used afterwards. `hash` is the sha256 of the ids as int32. */
  finish(): { readonly tokens: TokenArray; readonly hash: string };
}

/** An array of zeros for ids below `vocabSize`. Pages of memory that are not written to take none. */
function arrayFor(vocabSize: number, length: number): TokenArray {
  if (vocabSize <= 1 << 8) return new Uint8Array(length);
  return vocabSize <= 1 << 16 ? new Uint16Array(length) : new Int32Array(length);
}

/**
 * An empty store.
 * @param share how much of the text has been read, in (0, 1], where that is known: what there is tells what will be, so that
 * it need not be copied time and again, nor twice what is needed be held
 */
export function tokenStore(vocabSize: number, share?: () => number): TokenStore {
  const hash = tokenHash();
  let values = arrayFor(vocabSize, SOME);
  let size = 0;
  const grow = (least: number) => {
    const expected = share ? Math.ceil((1.1 * least) / Math.min(1, Math.max(share(), 1e-6))) : 2 * least;
    const wider = arrayFor(vocabSize, Math.max(expected, least + SOME));
    wider.set(values.subarray(0, size));
    values = wider;
  };
  return {
    get size() {
      return size;
    },
    add(ids) {
      hash.add(ids);
      if (size + ids.length > values.length) grow(size + ids.length);
      values.set(ids, size);
      size += ids.length;
    },
    finish: () => ({ tokens: values.subarray(0, size), hash: hash.digest() }),
  };
}

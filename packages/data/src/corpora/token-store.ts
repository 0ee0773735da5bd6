import { createHash } from 'node:crypto';

/** Token ids, as narrow as the vocabulary allows: one, two or four bytes each. */
export type TokenArray = Uint8Array | Uint16Array | Int32Array;

/** Ids that are hashed and stored at once. */
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
  const hash = createHash('sha256');
  const pending = new Int32Array(SOME);
  let values = arrayFor(vocabSize, SOME);
  let [stored, waiting] = [0, 0];
  const grow = (least: number) => {
    const expected = share ? Math.ceil((1.1 * least) / Math.min(1, Math.max(share(), 1e-6))) : 2 * least;
    const wider = arrayFor(vocabSize, Math.max(expected, least + SOME));
    wider.set(values.subarray(0, stored));
    values = wider;
  };
  const store = () => {
    const ids = pending.subarray(0, waiting);
    hash.update(new Uint8Array(ids.buffer, 0, ids.byteLength));
    if (stored + waiting > values.length) grow(stored + waiting);
    values.set(ids, stored);
    stored += waiting;
    waiting = 0;
  };
  return {
    get size() {
      return stored + waiting;
    },
    add(ids) {
      for (let at = 0; at < ids.length;) {
        const count = Math.min(ids.length - at, SOME - waiting);
        for (let i = 0; i < count; i++) pending[waiting + i] = ids[at + i]!;
        waiting += count;
        at += count;
        if (waiting === SOME) store();
      }
    },
    finish() {
      store();
      return { tokens: values.subarray(0, stored), hash: hash.digest('hex') };
    },
  };
}

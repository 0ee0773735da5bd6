import { clear, createStore, delMany, get, keys, set } from 'idb-keyval';

/** Where parts of files are kept from visit to visit. */
export interface PartStore {
  /** A part; undefined where it is not kept. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Keeps a part, where that can be done. */
  write(key: string, part: Uint8Array): Promise<void>;
  /** Forgets all parts but those of these files, by the beginnings of their keys. */
  keepOnly(prefixes: readonly string[]): Promise<void>;
  /** Forgets all. */
  clear(): Promise<void>;
}

/** Resolves to what a failure leaves: browsers refuse to keep things in private windows, and when their room is spent. */
const unless = <Result>(work: Promise<Result>, otherwise: Result): Promise<Result> => work.catch(() => otherwise);

/** Parts in IndexedDB, which also works where a page is not served by HTTPS. Where nothing can be kept, nothing is. */
export function indexedParts(): PartStore {
  const store = createStore('idlm-page', 'parts');
  return {
    read: (key) => unless(get<Uint8Array>(key, store), undefined),
    write: (key, part) => unless(set(key, part, store), undefined),
    async keepOnly(prefixes) {
      const stale = (await unless(keys<string>(store), [])).filter(
        (key) => !prefixes.some((one) => key.startsWith(one)),
      );
      await unless(delMany(stale, store), undefined);
    },
    clear: () => unless(clear(store), undefined),
  };
}

import { createHash } from 'node:crypto';

/** sha256 over a sequence of ids as int32, whatever they are stored as. */
export interface TokenHash {
  add(ids: ArrayLike<number>): void;
  digest(): string;
}

/** The hash of no ids. */
export function tokenHash(): TokenHash {
  const hash = createHash('sha256');
  const pending = new Int32Array(1 << 14);
  return {
    add(ids) {
      for (let at = 0; at < ids.length;) {
        const count = Math.min(ids.length - at, pending.length);
        for (let i = 0; i < count; i++) pending[i] = ids[at + i]!;
        hash.update(new Uint8Array(pending.buffer, 0, 4 * count));
        at += count;
      }
    },
    digest: () => hash.digest('hex'),
  };
}

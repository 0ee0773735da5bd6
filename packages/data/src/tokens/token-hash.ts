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
  let waiting = 0;
  const flush = () => {
    hash.update(new Uint8Array(pending.buffer, 0, 4 * waiting));
    waiting = 0;
  };
  return {
    add(ids) {
      for (let at = 0; at < ids.length; at++) {
        pending[waiting++] = ids[at]!;
        if (waiting === pending.length) flush();
      }
    },
    digest() {
      flush();
      return hash.digest('hex');
    },
  };
}

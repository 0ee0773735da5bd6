import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: ((options?: { readonly type: 'minor' }) => void) | undefined;

/**
 * Collects JavaScript's garbage now. Node is in no hurry to: while TensorFlow works nothing is allocated, so that arrays of which it
 * has a copy would stay until its work is done.
 * @param kind `young`: what was made since the last collections alone, in a tenth of the time (default: `all`)
 */
export function collectGarbage(kind: 'all' | 'young' = 'all'): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect(kind === 'young' ? { type: 'minor' } : undefined);
}

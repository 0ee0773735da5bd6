import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFlushed } from './flushed-file';

let serial = 0;

/**
 * Writes a file so that it is either the old or the whole new one at every moment: beside its target, flushed, renamed.
 * On any failure (a full disk, say) the target is untouched and nothing is left behind.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${process.pid}-${serial++}`;
  try {
    await writeFlushed(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

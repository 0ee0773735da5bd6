import type { FileHandle } from 'node:fs/promises';
import { InputError } from '@idlm/core-diffusion';

/** Bytes that are read at once: one call takes no more than 2 GiB. */
const AT_ONCE = 1 << 30;

/** Bytes `from` … `to` − 1 of a file, in a buffer of their own. @throws InputError if the file is shorter */
export async function readRange(file: FileHandle, from: number, to: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(AT_ONCE, bytes.length - done), from + done);
    if (!bytesRead) throw new InputError(`${path} ends at byte ${from + done}, before its data does; fetch it again.`);
    done += bytesRead;
  }
  return bytes;
}

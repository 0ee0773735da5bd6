import type { FileHandle } from 'node:fs/promises';

/** Bytes that are written at once: one call takes no more than 2 GiB. */
const AT_ONCE = 1 << 30;

/** Writes all bytes at a file's end. */
export async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;)
    done += (await file.write(bytes, done, Math.min(AT_ONCE, bytes.byteLength - done))).bytesWritten;
}

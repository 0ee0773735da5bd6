import { open } from 'node:fs/promises';

/** Writes a whole file and flushes it, so that its content is on the disk before anything that follows. */
export async function writeFlushed(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

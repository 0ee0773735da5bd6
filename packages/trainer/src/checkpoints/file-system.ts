import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { writeFlushed } from '@idlm/core-diffusion/node';

/** What a store asks of a disk, so that tests can let any of it fail. */
export interface FileSystem {
  /** Makes a folder with its parents; it may exist. */
  makeFolder(path: string): Promise<void>;
  /** Names in a folder; none if it does not exist. */
  list(path: string): Promise<string[]>;
  read(path: string): Promise<Uint8Array>;
  /** Writes a whole file and flushes it. */
  write(path: string, content: Uint8Array | string): Promise<void>;
  /** Flushes a folder's entries. */
  flushFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or folder; it may be absent. */
  remove(path: string): Promise<void>;
}

/** Flushes an open file or folder; some platforms and file systems cannot flush folders, and need not. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** The machine's own disk. */
export const nodeFileSystem: FileSystem = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  async list(path) {
    try {
      return await readdir(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  },
  read: (path) => readFile(path),
  write: writeFlushed,
  async flushFolder(path) {
    if (process.platform !== 'win32') await flush(path);
  },
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
};

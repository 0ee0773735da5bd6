import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { nearestExisting } from '@idlm/core-diffusion/node';
import { InputError } from '../errors';
import { megabytes } from './progress';

/**
 * Refuses to begin what the disk cannot hold.
 * @throws InputError with what is free and what is needed
 */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(nearestExisting(folder));
  if (bavail * bsize >= bytes) return;
  throw new InputError(
    `${folder} has ${megabytes(bavail * bsize)} free and the native engine needs ${megabytes(bytes)} while it is installed: make room, or set IDLM_HOME to a folder elsewhere.`,
  );
}

const PREFIX = '.installing-';
const ONE_DAY = 24 * 3600 * 1000;

/**
 * A new, empty folder to work in beside the final one, so that a rename completes the work. Those left by killed processes go when they
 * are a day old: a younger one may be another installation's under way.
 * @param cache is made where it is absent
 */
export async function workFolder(cache: string, name: string): Promise<string> {
  await mkdir(cache, { recursive: true });
  const work = join(cache, `${PREFIX}${process.pid}-${name}`);
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  const now = (await stat(work)).mtimeMs;
  for (const other of await readdir(cache)) {
    const path = join(cache, other);
    if (!other.startsWith(PREFIX) || path === work) continue;
    // One that has gone meanwhile was another process's, which has ended.
    const age = now - (await stat(path).catch(() => ({ mtimeMs: now }))).mtimeMs;
    if (age > ONE_DAY) await rm(path, { recursive: true, force: true });
  }
  return work;
}

/** The sentence for an error of the file system that the user can mend; other errors come back unchanged. */
export function explainDiskError(error: unknown, folder: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
      return new InputError(`The disk of ${folder} is full: make room, or set IDLM_HOME to a folder elsewhere.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new InputError(`${folder} cannot be written: set IDLM_HOME to a folder that can.`);
    case 'EEXIST':
    case 'ENOTDIR':
      return new InputError(`${folder} is no folder: set IDLM_HOME to one.`);
    default:
      return error;
  }
}

import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { InputError } from '@idlm/core-diffusion';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** A lock that is held. */
export interface RunLock {
  release(): Promise<void>;
}

/** Whether a process runs; one that may not be signalled does. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The holder that a lock file names; a damaged one names none. @throws InputError for a folder in its place */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') return undefined;
    throw new InputError(`${path} is a folder where a lock should be; delete it.`);
  }
}

const isStale = (holder: Holder | undefined): boolean =>
  !holder || (holder.host === hostname() && !isAlive(holder.pid));

let serial = 0;
const beside = (path: string): string => `${path}.${process.pid}-${serial++}`;

/** Creates the lock with its content in one step, so that nobody sees it half written. False if it exists. */
async function tryToCreate(path: string): Promise<boolean> {
  const temporary = beside(path);
  await writeFile(temporary, JSON.stringify({ pid: process.pid, host: hostname() }));
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes a lock whose holder is gone. One that another process has taken over meanwhile is put back. */
async function removeStale(path: string): Promise<void> {
  const aside = beside(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (!isStale(await readHolder(aside))) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/**
 * Takes the lock of a run, so that no two processes write to it. A lock whose process has died is taken over.
 * @throws InputError naming the process that holds it
 */
export async function acquireLock(path: string): Promise<RunLock> {
  await mkdir(dirname(path), { recursive: true });
  if (!(await tryToCreate(path))) {
    const holder = await readHolder(path);
    if (isStale(holder)) await removeStale(path);
    if (!isStale(holder) || !(await tryToCreate(path))) {
      const { pid, host } = holder ?? { pid: 'unknown', host: hostname() };
      throw new InputError(
        `Process ${pid} on ${host} is writing to ${dirname(path)}; wait for it or stop it, or delete ${path} if it is gone.`,
      );
    }
  }
  return { release: () => rm(path, { force: true }) };
}

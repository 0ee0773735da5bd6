import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { isProcessAlive } from '@idlm/core-diffusion/node';
import { createUntilExit, forgetAtExit } from './exit-files';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** A lock that is held. */
export interface RunLock {
  release(): Promise<void>;
}

/** The holder that a lock file names; a damaged one names none. @throws InputError for a folder in its place */
function readHolder(path: string): Holder | undefined {
  try {
    const { pid, host } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') return undefined;
    throw new InputError(`${path} is a folder where a lock should be; delete it.`);
  }
}

const isStale = (holder: Holder | undefined): boolean =>
  !holder || (holder.host === hostname() && !isProcessAlive(holder.pid));

let serial = 0;
const beside = (path: string): string => `${path}.${process.pid}-${serial++}`;

/** Makes the lock a second name of a file, which fails if it exists. */
function linkTo(file: string, path: string): boolean {
  try {
    linkSync(file, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Creates the lock with its content in one step, so that nobody sees it half written. False if it exists. Nothing here waits, so
 * that no signal leaves half of it behind.
 */
const tryToCreate = (path: string): boolean =>
  createUntilExit(path, () => {
    const temporary = beside(path);
    try {
      writeFileSync(temporary, JSON.stringify({ pid: process.pid, host: hostname() }));
      return linkTo(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
  });

/** Removes a lock whose holder is gone. One that another process has taken over meanwhile is put back. */
function removeStale(path: string): void {
  const aside = beside(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (!isStale(readHolder(aside))) linkTo(aside, path);
  rmSync(aside, { force: true });
}

/**
 * Takes the lock of a run, so that no two processes write to it. A lock whose process has died is taken over. It goes with the
 * process at the latest, unless that is killed at once.
 * @throws InputError naming the process that holds it
 */
export async function acquireLock(path: string): Promise<RunLock> {
  await mkdir(dirname(path), { recursive: true });
  if (!tryToCreate(path)) {
    const holder = readHolder(path);
    if (isStale(holder)) removeStale(path);
    if (!isStale(holder) || !tryToCreate(path)) {
      const { pid, host } = holder ?? { pid: 'unknown', host: hostname() };
      throw new InputError(
        `Process ${pid} on ${host} is writing to ${dirname(path)}; wait for it or stop it, or delete ${path} if it is gone.`,
      );
    }
  }
  return {
    async release() {
      rmSync(path, { force: true });
      forgetAtExit(path);
    },
  };
}

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { isProcessAlive } from '@idlm/core-diffusion/node';
import { InputError } from '../errors';

/** Folders that this process is writing. */
const ours = new Set<string>();

let serial = 0;

/** Whose a folder is that is named `NAME.unfinished-HOST-PID-NUMBER`, as its path in full tells. */
const OWNER = /\.unfinished-(.+)-(\d+)-\d+$/;

/** Deletes what a process of this machine left that was killed while it wrote the folder `out`. */
function clearAbandoned(out: string): void {
  const beginning = `${basename(out)}.unfinished-`;
  for (const name of readdirSync(dirname(out))) {
    const [, host, pid] = (name.startsWith(beginning) && OWNER.exec(name)) || [];
    const path = join(dirname(out), name);
    if (host !== hostname() || ours.has(path)) continue;
    // Numbers of processes return: what is not being written here is not that of this one.
    if (Number(pid) === process.pid || !isProcessAlive(Number(pid))) rmSync(path, { recursive: true, force: true });
  }
}

const refuseExisting = (out: string): never => {
  throw new InputError(`${out} exists; name another folder, or delete it.`);
};

/**
 * Writes a folder that is there whole or not at all: beside its place, then moved. What fails leaves nothing; what a process left that was
 * killed is deleted by the next one that writes the same folder on that machine.
 * @param write fills the empty folder that it is given
 * @throws InputError if the folder exists, also if somebody else has finished it first; whatever `write` throws
 */
export async function writeFolder<Result>(out: string, write: (folder: string) => Promise<Result>): Promise<Result> {
  if (existsSync(out)) refuseExisting(out);
  const target = resolve(out);
  await mkdir(dirname(target), { recursive: true });
  clearAbandoned(target);
  const folder = `${target}.unfinished-${hostname()}-${process.pid}-${serial++}`;
  ours.add(folder);
  // An interrupt may end the process at once.
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    await mkdir(folder);
    const result = await write(folder);
    await rename(folder, target).catch((error: unknown) => {
      if (existsSync(target)) refuseExisting(out);
      throw error;
    });
    return result;
  } finally {
    clear();
    process.off('exit', clear);
    ours.delete(folder);
  }
}

import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInputError } from '@idlm/core-diffusion';
import { type FileSystem, diskCheckpointStore, nodeFileSystem } from '@idlm/trainer';
import { lostCheckpoints, lostInTheEnd, lostMessage } from './checks';
import { mountDisk } from './disk';
import type { Fault } from './fault';
import { train } from './training';

const PAGE = 4096;

/** Fills a disk but for some bytes. @returns the file that does */
async function fill(disk: string, left: number): Promise<string> {
  const filler = join(disk, 'filler');
  const { bavail, bsize } = await statfs(disk);
  await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
  return filler;
}

/** A real disk that is full after so many pages more, from none to more than a save takes. */
export const fullDisk: Fault = {
  name: 'full',
  what: 'a disk that is full at a page of a save or of the logs (a mounted tmpfs)',
  times: 120,
  timesInShort: 12,
  async run({ folder, times }) {
    const disk = await mountDisk(join(folder, 'disk'), 4);
    if (!disk) return { tried: 0, lost: [], note: 'not tried: this user may not mount a disk' };
    try {
      const path = join(disk.path, 'run');
      let step = 3;
      await train({ path, mode: 'new', updates: step });
      const lost: string[] = [];
      for (let i = 0; i < times; i++) {
        const filler = await fill(disk.path, PAGE * Math.floor((120 * i) / times));
        const next = train({ path, mode: 'resume', updates: step + 2, isBeside: i % 8 === 7 }, (event) => {
          if (event.kind === 'checkpoint') step = event.step;
        });
        lost.push(...(await lostMessage(next)));
        await rm(filler);
        lost.push(...(await lostCheckpoints(path, step)));
      }
      return { tried: times, lost: [...lost, ...(await lostInTheEnd({ path }))] };
    } finally {
      await disk.remove();
    }
  },
};

/** A disk on which the n-th call that changes anything fails. */
function failingAt(n: number): FileSystem & { calls(): number } {
  let calls = 0;
  const failing =
    <Given extends unknown[]>(act: (...given: Given) => Promise<void>) =>
    async (...given: Given): Promise<void> => {
      if (++calls === n) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return act(...given);
    };
  const { makeFolder, write, flushFolder, rename } = nodeFileSystem;
  const changes = {
    makeFolder: failing(makeFolder),
    write: failing(write),
    flushFolder: failing(flushFolder),
    rename: failing(rename),
  };
  return { ...nodeFileSystem, ...changes, calls: () => calls };
}

async function* filesOf(step: number) {
  for (const name of ['a', 'b', 'c', 'd']) yield { name, bytes: new Uint8Array(10_000).fill(step) };
}

/** Every call of a save in its turn fails, by a file system that is handed to the store; then the save is made again. */
export const failingWrites: Fault = {
  name: 'writes',
  what: 'each call of a save that changes the disk fails in its turn (a file system handed to the store)',
  times: 60,
  timesInShort: 30,
  async run({ folder, times }) {
    const path = join(folder, 'run');
    const checkpoints = join(path, 'checkpoints');
    await diskCheckpointStore(checkpoints).save(1, filesOf(1));
    const lost: string[] = [];
    let tried = 0;
    for (let [step, n] = [2, 1]; tried < times; tried++, n++) {
      const disk = failingAt(n);
      const error = await diskCheckpointStore(checkpoints, disk)
        .save(step, filesOf(step))
        .catch((reason: unknown) => reason);
      lost.push(...(await lostCheckpoints(path, step - 1)));
      if (isInputError(error)) await diskCheckpointStore(checkpoints).save(step, filesOf(step));
      else if (error instanceof Error) lost.push(`It ended with ${error.message}`);
      else n = 0;
      lost.push(...(await lostCheckpoints(path, step)));
      await diskCheckpointStore(checkpoints).prune({ last: 2 });
      step++;
    }
    return { tried, lost };
  },
};

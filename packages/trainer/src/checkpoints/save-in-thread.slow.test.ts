import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { diskCheckpointStore } from './disk-store';
import type { CheckpointFile } from './store';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'thread-')), 'checkpoints');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

/** Two files, of which the second is a part of a larger buffer. */
async function* files(): AsyncGenerator<CheckpointFile> {
  yield { name: 'a', bytes: new Uint8Array(100_000).fill(1) };
  yield { name: 'b', bytes: new Uint8Array(300).fill(2).subarray(100, 200) };
}

describe('saveInThread', () => {
  it('writes what the store itself would, and the store reads it', async () => {
    const store = diskCheckpointStore(folder);
    expect(await store.saveInThread!(3, files())).toEqual({ step: 3, path: join(folder, 'step-3') });
    await store.save(4, files());
    for (const name of ['a', 'b'])
      expect(await store.read(await store.find(3), name)).toEqual(await store.read(await store.find(4), name));
    expect((await readdir(folder)).sort()).toEqual(['latest', 'step-3', 'step-4']);
  });

  it('refuses in the sentence of the store, with what ended the files', async () => {
    const store = diskCheckpointStore(folder);
    let isClosed = false;
    async function* broken(): AsyncGenerator<CheckpointFile> {
      try {
        yield* files();
        throw new Error('the device is gone');
      } finally {
        isClosed = true;
      }
    }
    const failing = store.saveInThread!(3, broken());
    await expect(failing).rejects.toThrow('could not be written to');
    await expect(failing).rejects.toThrow('(the device is gone); there is none before it.');
    await expect(failing).rejects.toBeInstanceOf(InputError);
    expect([isClosed, await readdir(folder)]).toEqual([true, []]);
  });

  it('lets the files go when the disk refuses them', async () => {
    await writeFile(folder, 'a file in its place');
    let isClosed = false;
    async function* endless(): AsyncGenerator<CheckpointFile> {
      try {
        for (;;) yield* files();
      } finally {
        isClosed = true;
      }
    }
    await expect(diskCheckpointStore(folder).saveInThread!(3, endless())).rejects.toThrow(/could not be written/);
    // Nothing was asked of files that were never begun.
    expect(isClosed).toBe(false);
  });
});

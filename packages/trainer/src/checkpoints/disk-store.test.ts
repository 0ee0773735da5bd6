import { mkdtemp, readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { diskCheckpointStore } from './disk-store';
import { type FileSystem, nodeFileSystem } from './file-system';
import type { CheckpointFile } from './store';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'store-')), 'checkpoints');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

async function* files(content: string, count = 2): AsyncGenerator<CheckpointFile> {
  for (let i = 0; i < count; i++) yield { name: `part${i}`, bytes: Buffer.from(`${content} ${i}`) };
}

/** A disk on which the k-th call that changes anything fails. */
function failingAt(k: number, code = 'ENOSPC'): FileSystem & { calls: number } {
  const disk = { ...nodeFileSystem, calls: 0 };
  for (const name of ['makeFolder', 'write', 'flushFolder', 'rename'] as const) {
    const original = nodeFileSystem[name] as (...given: unknown[]) => Promise<void>;
    Object.assign(disk, {
      [name]: async (...given: unknown[]) => {
        if (++disk.calls === k) throw Object.assign(new Error(`${code}: no space left on device`), { code });
        return original(...given);
      },
    });
  }
  return disk;
}

const contentOf = async (step: number, name = 'part0') => {
  const store = diskCheckpointStore(folder);
  return Buffer.from(await store.read(await store.find(step), name)).toString();
};

describe('diskCheckpointStore', () => {
  it('reads back what was saved, says where, and keeps a pointer to it', async () => {
    const store = diskCheckpointStore(folder);
    const checkpoint = await store.save(7, files('seven'));
    expect(checkpoint).toEqual({ step: 7, path: join(folder, 'step-7') });
    expect(await store.latest()).toEqual({ checkpoint, skipped: [] });
    expect(await contentOf(7, 'part1')).toBe('seven 1');
    expect(await readFile(join(folder, 'latest'), 'utf8')).toBe('step-7\n');
    expect((await readdir(join(folder, 'step-7'))).sort()).toEqual(['manifest.json', 'part0', 'part1']);
  });

  it('lets go of the memory of large files before it asks for the next', async () => {
    const large = new Uint8Array(2 ** 20).fill(7);
    const shared = new Uint8Array(2 ** 21).subarray(0, 2 ** 20);
    const left: number[] = [];
    async function* given(): AsyncGenerator<CheckpointFile> {
      yield { name: 'large', bytes: large };
      left.push(large.byteLength);
      yield { name: 'shared', bytes: shared };
      left.push(shared.byteLength);
    }
    const store = diskCheckpointStore(folder);
    const checkpoint = await store.save(1, given());
    expect(left).toEqual([0, 2 ** 20]);
    expect(await store.latest()).toEqual({ checkpoint, skipped: [] });
    expect((await store.read(checkpoint, 'large')).every((byte) => byte === 7)).toBe(true);
  });

  it('has no checkpoint before the first', async () => {
    const store = diskCheckpointStore(folder);
    expect(await store.latest()).toEqual({ skipped: [] });
    await expect(store.find(3)).rejects.toThrow('has no checkpoint of step 3; it has none.');
  });

  it('orders steps as numbers and names those there are', async () => {
    const store = diskCheckpointStore(folder);
    for (const step of [9, 100, 20]) await store.save(step, files('x'));
    expect((await store.latest()).checkpoint?.step).toBe(100);
    await expect(store.find(3)).rejects.toThrow('it has those of steps 100, 20, 9.');
  });

  it('replaces a checkpoint of the same step', async () => {
    const store = diskCheckpointStore(folder);
    await store.save(1, files('old'));
    await store.save(1, files('new'));
    expect(await contentOf(1)).toBe('new 0');
    expect((await readdir(folder)).sort()).toEqual(['latest', 'step-1']);
  });

  it.each([
    ['a truncated file', (path: string) => truncate(join(path, 'part1'), 3), 'part1 has 3 of 5 bytes'],
    ['an altered file', (path: string) => writeFile(join(path, 'part0'), 'two 1'), 'part0 was altered'],
    ['a missing file', (path: string) => rm(join(path, 'part1')), 'it lacks part1'],
    ['a missing manifest', (path: string) => rm(join(path, 'manifest.json')), 'it lacks manifest.json'],
    ['a half manifest', (path: string) => truncate(join(path, 'manifest.json'), 20), 'its manifest.json is no JSON'],
    [
      'another version',
      (path: string) => writeFile(join(path, 'manifest.json'), '{"format":"idlm-checkpoint","version":9}'),
      'it has version 9 and this program reads version 1',
    ],
    [
      'a version that is lists within one another',
      (path: string) =>
        writeFile(
          join(path, 'manifest.json'),
          `{"format":"idlm-checkpoint","version":${'['.repeat(500)}${']'.repeat(500)}}`,
        ),
      'its manifest.json holds more than 500 lists',
    ],
    ['another format', (path: string) => writeFile(join(path, 'manifest.json'), '{}'), 'of another format'],
    [
      'files outside its folder',
      (path: string) =>
        writeFile(
          join(path, 'manifest.json'),
          '{"format":"idlm-checkpoint","version":1,"step":2,"files":{"../x":{"size":1,"sha256":""}}}',
        ),
      'lists no valid files',
    ],
  ])('passes over a newest checkpoint with %s, and says so', async (_, damage, reason) => {
    const store = diskCheckpointStore(folder);
    await store.save(1, files('one'));
    const { path } = await store.save(2, files('two'));
    await damage(path);
    const { checkpoint, skipped } = await store.latest();
    expect(checkpoint?.step).toBe(1);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toMatch(new RegExp(`^The checkpoint ${path} was passed over: .*${reason}.*\\.$`));
    await expect(store.find(2)).rejects.toThrow(reason);
  });

  it('leaves the checkpoint before and one sentence when any call fails, be the disk full or not', async () => {
    const probe = failingAt(Infinity);
    await diskCheckpointStore(join(folder, '../probe'), probe).save(2, files('two'));
    expect(probe.calls).toBeGreaterThan(7);
    for (let k = 1; k <= probe.calls; k++) {
      await rm(folder, { recursive: true, force: true });
      await diskCheckpointStore(folder).save(1, files('one'));
      const failing = diskCheckpointStore(folder, failingAt(k));
      const error = await failing.save(2, files('two')).catch((reason: unknown) => reason as InputError);
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).message).toMatch(
        /^The checkpoint of step 2 could not be written to .* \(ENOSPC: no space left on device\); the last good one is .*step-[12]\. Mend that and resume\.$/,
      );
      expect(await contentOf(1)).toBe('one 0');
      const left = (await readdir(folder)).filter((name) => /^step-2\.tmp/.test(name));
      expect(left).toEqual([]);
    }
  });

  it('leaves the checkpoint before when its files cannot be made', async () => {
    const store = diskCheckpointStore(folder);
    await store.save(1, files('one'));
    async function* broken(): AsyncGenerator<CheckpointFile> {
      yield* files('two', 1);
      throw new Error('the device is gone');
    }
    await expect(store.save(2, broken())).rejects.toThrow('(the device is gone); the last good one is');
    expect((await store.latest()).checkpoint?.step).toBe(1);
  });

  it('removes what interrupted saves left, and nothing else', async () => {
    const store = diskCheckpointStore(folder);
    await store.save(1, files('one'));
    for (const name of ['step-2.tmp-99-0', 'latest.tmp-99-1', 'step-1.tmp-99-2', 'notes.txt'])
      await writeFile(join(folder, name), '');
    await store.clean();
    expect((await readdir(folder)).sort()).toEqual(['latest', 'notes.txt', 'step-1']);
  });

  it('gives a whole checkpoint back the name that a kill between two renames has left it without', async () => {
    const store = diskCheckpointStore(folder);
    for (const step of [1, 2, 3]) await store.save(step, files(String(step)));
    await rename(join(folder, 'step-1'), join(folder, 'step-1.tmp-99-0'));
    await rename(join(folder, 'step-2'), join(folder, 'step-2.tmp-99-1'));
    await truncate(join(folder, 'step-2.tmp-99-1', 'part0'), 1);
    await store.clean();
    expect((await readdir(folder)).sort()).toEqual(['latest', 'step-1', 'step-3']);
    expect(await contentOf(1)).toBe('1 0');
  });
});

describe('prune', () => {
  it('keeps the last ones and the milestones', async () => {
    const store = diskCheckpointStore(folder);
    for (let step = 1; step <= 7; step++) await store.save(step, files('x'));
    expect(await store.prune({ last: 2, every: 3 })).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(['latest', 'step-3', 'step-6', 'step-7']);
    await store.prune({ last: 0 });
    expect((await readdir(folder)).sort()).toEqual(['latest', 'step-7']);
  });

  it('goes on after one that cannot be removed, and tells', async () => {
    for (let step = 1; step <= 4; step++) await diskCheckpointStore(folder).save(step, files('x'));
    const failures = await diskCheckpointStore(folder, failingAt(1, 'EACCES')).prune({ last: 1 });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain('The old checkpoint');
    expect(failures[0]).toContain('step-3 could not be removed: EACCES');
    expect((await readdir(folder)).sort()).toEqual(['latest', 'step-3', 'step-4']);
  });
});

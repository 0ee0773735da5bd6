import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, bundleOf } from '@idlm/tools/bundles';
import { acquireLock } from './lock';

let folder: string;
let path: string;
let holder: Bundle;
beforeAll(() => void (holder = bundleOf(join(__dirname, '../../test/lock-holder.ts'))));
afterAll(() => holder.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'run', 'run.lock');
});
afterEach(() => rm(folder, { recursive: true }));

/** The number of a process that has ended. */
const deadPid = (): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', '']);
    child.on('exit', () => resolve(child.pid!));
  });

const lockOf = async (pid: number, host = hostname()) => {
  await (await acquireLock(path)).release();
  await writeFile(path, JSON.stringify({ pid, host }));
};

describe('acquireLock', () => {
  it('refuses a second holder with the process of the first, until it is released', async () => {
    const lock = await acquireLock(path);
    await expect(acquireLock(path)).rejects.toThrow(`Process ${process.pid} on ${hostname()} is writing to`);
    await lock.release();
    await (await acquireLock(path)).release();
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('takes over the lock of a dead process', async () => {
    await lockOf(await deadPid());
    const lock = await acquireLock(path);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ pid: process.pid, host: hostname() });
    await lock.release();
  });

  it.each(['', '{"pid":', 'null', '[1]', '{}', '{"pid":"7","host":"here"}'])(
    'takes over a damaged lock: %j',
    async (text) => {
      await (await acquireLock(path)).release();
      await writeFile(path, text);
      await (await acquireLock(path)).release();
    },
  );

  it('refuses a folder in its place, and leaves it', async () => {
    await mkdir(path, { recursive: true });
    await expect(acquireLock(path)).rejects.toThrow(`${path} is a folder where a lock should be; delete it.`);
    expect(await readdir(join(folder, 'run'))).toEqual(['run.lock']);
  });

  it('does not judge a process of another machine', async () => {
    await lockOf(await deadPid(), 'elsewhere');
    await expect(acquireLock(path)).rejects.toThrow('on elsewhere is writing to');
  });

  it.each([
    ['SIGINT', undefined, [null, 'SIGINT']],
    ['SIGTERM', undefined, [null, 'SIGTERM']],
    ['SIGHUP', undefined, [null, 'SIGHUP']],
    ['SIGINT', 'listen', [130, null]],
    [undefined, 'exit', [3, null]],
    [undefined, 'throw', [1, null]],
  ] as const)('goes with its process, which ends as it would: by %s, %s', async (signal, way, ended) => {
    const argv = [holder.program, path, ...(way ? [way] : [])];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');
    if (signal) {
      expect(await readdir(join(folder, 'run'))).toEqual(['run.lock']);
      child.kill(signal);
    }
    expect(await exit).toEqual(ended);
    expect(await readdir(join(folder, 'run'))).toEqual([]);
  });

  it('is no other process’s to remove: one that was refused leaves it', async () => {
    await lockOf(process.ppid);
    await expect(acquireLock(path)).rejects.toThrow(`Process ${process.ppid}`);
    expect(process.listeners('SIGINT')).toEqual([]);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.ppid });
  });

  it('lets one of many win', async () => {
    for (let round = 0; round < 10; round++) {
      if (round % 2) await lockOf(await deadPid());
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(path)));
      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(winners).toHaveLength(1);
      expect(await readdir(join(folder, 'run'))).toEqual(['run.lock']);
      await winners[0]!.release();
    }
  });
});

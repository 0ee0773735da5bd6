import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunMode, openRunDirectory } from './directory';

let parent: string;
let path: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'runs-'));
  path = join(parent, 'first');
});
afterEach(() => rm(parent, { recursive: true }));

const open = (mode: RunMode, rate = 1) =>
  openRunDirectory({ path, mode, config: { rate }, manifest: { seed: 1 }, clock: () => 1e12 });

async function makeRun(): Promise<void> {
  const run = await open('new');
  for (const sink of run.sinks) await sink.start(0);
  await run.sinks.reduce(
    (before, sink) =>
      before.then(() => sink.write({ kind: 'metrics', step: 1, metrics: { loss: 2 }, tokensPerSecond: 3 })),
    Promise.resolve(),
  );
  for (const sink of run.sinks)
    await sink.write({ kind: 'samples', step: 1, texts: [{ text: 'a "b"' }, { text: 'c' }] });
  for (const sink of run.sinks) await sink.close();
  await run.close();
}

const json = async (name: string) => JSON.parse(await readFile(join(path, name), 'utf8')) as unknown;

describe('openRunDirectory', () => {
  it('lays a new run out', async () => {
    await makeRun();
    expect(await json('config.resolved.json')).toEqual({ rate: 1 });
    expect(await json('manifest.json')).toEqual({ seed: 1 });
    expect(await json('metrics.jsonl')).toEqual({ step: 1, loss: 2 });
    const lines = (await readFile(join(path, 'samples/step-1.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([{ text: 'a "b"' }, { text: 'c' }]);
    const names = await readdir(path);
    expect(names.filter((name) => name.startsWith('events.out.tfevents.'))).toHaveLength(1);
    expect(names).not.toContain('run.lock');
  });

  it('refuses a folder that exists, whatever it holds, and leaves it alone', async () => {
    await makeRun();
    await expect(open('new')).rejects.toThrow('holds a run already; go on with --resume, replace it with --force');
    expect(await json('config.resolved.json')).toEqual({ rate: 1 });
    await rm(path, { recursive: true });
    await mkdir(path);
    await writeFile(join(path, 'thesis.txt'), 'precious');
    await expect(open('new')).rejects.toThrow('exists and is not empty; name another folder.');
    await expect(open('force')).rejects.toThrow('holds no run, so --force does not delete it');
    await expect(open('resume')).rejects.toThrow('holds no run to resume');
    expect(await readdir(path)).toEqual(['thesis.txt']);
  });

  it('takes an empty folder and one that does not exist', async () => {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'run.lock.1-0'), '{}');
    await (await open('new')).close();
    await rm(path, { recursive: true });
    await mkdir(path);
    await (await open('new')).close();
    await rm(path, { recursive: true });
    await (await open('force')).close();
    await rm(path, { recursive: true });
    await expect(open('resume')).rejects.toThrow('holds no run to resume');
  });

  it('replaces a run with --force, and of links in it the links alone', async () => {
    await makeRun();
    const outside = join(parent, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'years'), 'of work');
    for (const name of ['link', 'checkpoints']) await symlink(outside, join(path, name));
    await (await open('force', 2)).close();
    expect([await readdir(outside), (await readdir(path)).sort()]).toEqual([
      ['years'],
      ['config.resolved.json', 'manifest.json'],
    ]);
  });

  it('replaces a run with --force', async () => {
    await makeRun();
    await (await open('force', 2)).close();
    expect((await readdir(path)).sort()).toEqual(['config.resolved.json', 'manifest.json']);
    expect(await json('config.resolved.json')).toEqual({ rate: 2 });
  });

  it('keeps the records of a run that is resumed until it begins', async () => {
    await makeRun();
    const run = await open('resume', 3);
    expect(await json('config.resolved.json')).toEqual({ rate: 1 });
    for (const sink of run.sinks) await sink.start(1);
    expect(await json('config.resolved.json')).toEqual({ rate: 3 });
    for (const sink of run.sinks) await sink.close();
    await run.close();
  });

  it('removes what an interrupted save left', async () => {
    await makeRun();
    await mkdir(join(path, 'checkpoints/step-5.tmp-1-0'), { recursive: true });
    await (await open('resume')).close();
    expect(await readdir(join(path, 'checkpoints'))).toEqual([]);
  });

  it.each(['resume', 'force'] as const)('refuses to %s a run that another process writes', async (mode) => {
    const run = await open('new');
    await expect(open(mode)).rejects.toThrow(`Process ${process.pid}`);
    expect(await json('config.resolved.json')).toEqual({ rate: 1 });
    await run.close();
    await (await open(mode)).close();
  });
});

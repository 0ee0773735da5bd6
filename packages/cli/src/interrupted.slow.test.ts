import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Bundle, bundleOf } from '@idlm/tools/bundles';
import { idlm, tiny } from '../test/command-line';

// Each starts processes, and trains and judges models several times.
jest.setTimeout(600_000);

let folder: string;
let bundle: Bundle;
const inFolder = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interrupted-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  bundle = bundleOf(join(__dirname, 'main.ts'));
});
afterAll(() => {
  bundle.remove();
  return rm(folder, { recursive: true });
});

const linesOf = async (path: string): Promise<number> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').length - 1;

/** A run within a command: where it is logged while it goes on, and where the command writes. */
interface LoggedRun {
  readonly out: string;
  readonly metrics: string;
}

/** Runs a command line in a process of its own, and sends it a signal once a run there has logged so many updates. */
async function signalled(argv: readonly string[], metrics: string, updates: number, signal: NodeJS.Signals) {
  const child: ChildProcess = spawn(process.execPath, [bundle.program, ...argv], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr!.on('data', (text) => (err += String(text)));
  const closed = once(child, 'close');
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  // Until training begins, looks are far apart; then an update takes some milliseconds.
  while (!existsSync(metrics) && isRunning()) await wait(20);
  while ((await linesOf(metrics)) < updates && isRunning()) await wait(2);
  child.kill(signal);
  const [code, killedBy] = (await closed) as [number | null, string | null];
  return { code, killedBy, err };
}

/**
 * Ends a command by a signal amid a run. On a busy machine the run may be over before this process has its turn again to send one; then
 * all is begun anew.
 */
async function interrupt(
  argv: readonly string[],
  { out, metrics }: LoggedRun,
  [least, most]: readonly [number, number],
  signal: NodeJS.Signals,
) {
  for (let attempt = 1; ; attempt++) {
    const ended = await signalled(argv, metrics, least, signal);
    const updates = await linesOf(metrics);
    if (attempt === 5 || (updates >= least && updates <= most)) return ended;
    await rm(out, { recursive: true, force: true });
  }
}

const isRow = (value: unknown): value is object => typeof value === 'object' && value !== null && 'perplexity' in value;

/** What a record says, but for the wall clock of its rows. */
const withoutTime = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown) => (isRow(value) ? { ...value, seconds: undefined } : value));

/** Every byte in which equal models agree, by name; their records tell when and how they were trained. */
async function bytesOf(model: string): Promise<Record<string, string>> {
  const names = ['config.json', 'metrics.jsonl', 'model.safetensors', 'state.json', 'tokenizer.json'];
  expect(await readdir(model)).toEqual(expect.arrayContaining(names));
  const found = names.map(async (name) => [name, (await readFile(join(model, name))).toString('base64')] as const);
  return Object.fromEntries(await Promise.all(found));
}

describe('a comparison', () => {
  const compare = (out: string) => [
    ...['compare', '--objectives', 'idlm', '--seeds', '1', '--passes', '110', '--out', inFolder(out)],
    ...tiny,
    ...['checkpoints.every=2', `data.corpus=${inFolder('text.txt')}`].flatMap((setting) => ['--set', setting]),
  ];
  const rowsOf = async (out: string) => {
    const [, ...lines] = (await readFile(inFolder(out, 'compare.jsonl'), 'utf8')).trim().split('\n');
    return lines.map((line) => (withoutTime(line) as { rows: unknown }).rows);
  };

  it('that was killed goes on: what is done stays, and the rest is bit for bit the same', async () => {
    expect(await idlm(...compare('whole'))).toMatchObject({ code: 0 });
    const metrics = inFolder('killed', 'seed-1', 'idlm.unfinished', 'metrics.jsonl');
    const run = { out: inFolder('killed'), metrics };
    const updates = await linesOf(inFolder('whole', 'seed-1', 'idlm', 'metrics.jsonl'));
    const killed = await interrupt(compare('killed'), run, [5, updates - 1], 'SIGKILL');
    expect(killed).toMatchObject({ code: null, killedBy: 'SIGKILL' });
    expect(await readdir(inFolder('killed', 'seed-1'))).toEqual(['idlm.unfinished', 'teacher']);
    const { code, err } = await idlm(...compare('killed'));
    expect([code, err]).toEqual([0, expect.stringMatching(/^Going on from update [1-9]/m)]);
    expect(err).not.toContain('teacher:');
    expect(await readdir(inFolder('killed', 'seed-1'))).toEqual(['idlm', 'teacher']);
    for (const name of ['teacher', 'idlm'])
      expect(await bytesOf(inFolder('killed', 'seed-1', name))).toEqual(
        await bytesOf(inFolder('whole', 'seed-1', name)),
      );
    expect(await rowsOf('killed')).toEqual(await rowsOf('whole'));
  });

  it('judges a model that was made before an interrupt, and makes no other', async () => {
    await cp(inFolder('whole'), inFolder('unjudged'), { recursive: true });
    const file = inFolder('unjudged', 'compare.jsonl');
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    await writeFile(file, `${lines.slice(0, 2).join('\n')}\n`);
    const { code, err } = await idlm(...compare('unjudged'));
    expect([code, err]).toEqual([0, expect.not.stringContaining('Seed 1')]);
    const cells = (text: string) => text.trim().split('\n').map(withoutTime);
    expect(cells(await readFile(file, 'utf8'))).toEqual(cells(lines.join('\n')));
  });

  it.each([
    ['teacher', 1],
    ['idlm', 2],
  ])('refuses a damaged %s by name, and replaces nothing', async (name, done) => {
    await cp(inFolder('whole'), inFolder('hurt'), { recursive: true });
    const [file, weights] = [inFolder('hurt', 'compare.jsonl'), inFolder('hurt', 'seed-1', name, 'model.safetensors')];
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, `${lines.slice(0, done).join('\n')}\n`);
    await truncate(weights, 500);
    const { code, err } = await idlm(...compare('hurt'));
    expect([code, err]).toEqual([2, expect.stringContaining(`seed-1/${name} is damaged (`)]);
    expect(err).toContain('delete that folder to have its model trained again.');
    expect((await readFile(weights)).length).toBe(500);
    await rm(inFolder('hurt'), { recursive: true });
  });
});

describe('a quickstart', () => {
  const record = async (model: string): Promise<unknown> =>
    JSON.parse(await readFile(inFolder('straight', model, 'training.json'), 'utf8'));
  const quickstart = (out: string) => ['quickstart', '--engine', 'wasm', '--smoke', '--out', inFolder(out)];

  it('that was interrupted saves, goes on by itself, and ends as an unbroken one', async () => {
    const shown = /^student at 4 steps:\n( {2}The king said to.*\n( {4}.*\n)*){3}/m;
    expect(await idlm(...quickstart('straight'))).toMatchObject({ code: 0, err: expect.stringMatching(shown) });
    const metrics = inFolder('stopped', 'student.unfinished', 'metrics.jsonl');
    const run = { out: inFolder('stopped'), metrics };
    const stopped = await interrupt(quickstart('stopped'), run, [2, 5], 'SIGINT');
    expect(stopped).toMatchObject({ code: 130, killedBy: null });
    expect(stopped.err).toMatch(/Stopped after update [1-5] and saved; the same command goes on from there\./);
    const { code, err } = await idlm(...quickstart('stopped'));
    expect([code, err]).toEqual([0, expect.stringMatching(/^Going on with the quickstart that was interrupted in /m)]);
    expect(err).toMatch(/^Going on from update [1-5]\.$/m);
    expect(await bytesOf(inFolder('stopped', 'student'))).toEqual(await bytesOf(inFolder('straight', 'student')));
    const [stoppedSweep, sweep] = await Promise.all(
      ['stopped', 'straight'].map((out) => readFile(inFolder(out, 'sweep.json'), 'utf8')),
    );
    expect(withoutTime(stoppedSweep!)).toEqual(withoutTime(sweep!));
    const [stoppedTeacher, teacher] = await Promise.all(
      ['stopped', 'straight'].map((out) => readFile(inFolder(out, 'teacher/model.safetensors'))),
    );
    expect(stoppedTeacher!.equals(teacher!)).toBe(true);
    const { losses } = JSON.parse(await readFile(inFolder('straight', 'report.json'), 'utf8')) as {
      losses: Record<string, [number, number][]>;
    };
    expect(await record('teacher')).toMatchObject({
      config: { teacher: { updates: 5000, batch: 96 } },
      manifest: { notes: [expect.stringContaining('comes with the package')] },
    });
    expect(losses['student/loss']!.map(([update]) => update)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('refuses a damaged model by name where it goes on', async () => {
    await rm(inFolder('straight', 'report.html'));
    const weights = inFolder('straight', 'student', 'model.safetensors');
    await truncate(weights, 500);
    const { code, err } = await idlm(...quickstart('straight'));
    expect([code, err]).toEqual([2, expect.stringContaining('straight/student is damaged (')]);
    expect((await readFile(weights)).length).toBe(500);
  });

  it('replaces no run of another command', async () => {
    await writeFile(inFolder('stopped', 'student', 'config.resolved.json'), '{}');
    const { code, err } = await idlm(...quickstart('stopped'));
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('stopped/student holds a run, which a quickstart does not replace'),
    ]);
  });
});

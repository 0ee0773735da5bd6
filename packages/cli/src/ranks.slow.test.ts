import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readSafetensors } from '@idlm/denoiser';
import { type InstalledMpi, type LaunchedRanks, fromSource, installMpi, launchRanks } from '@idlm/tools/mpi';
import { idlm, tiny } from '../test/command-line';

// Each starts several processes, which take turns on few cores.
jest.setTimeout(600_000);

let folder: string;
const program = join(__dirname, 'main.ts');
const inFolder = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranks-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
});
afterAll(() => rm(folder, { recursive: true }));

const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
const train = (out: string, ...settings: string[]) => [
  ...['train', '--out', inFolder(out), ...tiny],
  ...set('checkpoints.every=2', 'logs.every=1', 'logs.samplesEvery=null', 'teacher.validation=null', ...settings),
  ...set(`data.corpus=${inFolder('text.txt')}`),
];
const again = (out: string, ...settings: string[]) => [
  'train',
  '--resume',
  '--out',
  inFolder(out),
  ...set(...settings),
];

async function weightsOf(out: string, step: number): Promise<Float32Array[]> {
  const path = inFolder(out, 'checkpoints', `step-${step}`, 'teacher.weights.safetensors');
  const { tensors } = readSafetensors(await readFile(path), path);
  return Object.values(tensors).map(({ bytes }) => new Float32Array(Uint8Array.from(bytes).buffer));
}

/** The largest difference of two runs' weights. */
async function differenceOf(a: string, b: string, step: number): Promise<number> {
  const [left, right] = [await weightsOf(a, step), await weightsOf(b, step)];
  return Math.max(...left.map((values, i) => Math.max(...values.map((value, j) => Math.abs(value - right[i]![j]!)))));
}

const stepsOf = async (out: string): Promise<number[]> => {
  const text = await readFile(inFolder(out, 'metrics.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { step: number }).step);
};

/** Waits until a run has logged so many updates; its end ends the wait. */
async function logged(out: string, updates: number, { child }: LaunchedRanks): Promise<void> {
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  while ((await stepsOf(out)).length < updates && isRunning()) await wait(50);
}

/** Processes of the ranks of a launcher. */
async function pidsOf(started: LaunchedRanks): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const known = new Map<number, { parent: number; isRank: boolean }>();
  for (const pid of all) {
    const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const words = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    const parent = Number(/\) . (\d+)/.exec(status)?.[1] ?? 0);
    known.set(pid, { parent, isRank: words.startsWith(process.execPath) && words.includes(program) });
  }
  const isBelow = (pid: number): boolean =>
    pid > 1 && (pid === started.child.pid || isBelow(known.get(pid)?.parent ?? 0));
  return all.filter((pid) => known.get(pid)?.isRank && isBelow(pid));
}

describe.each(['openmpi', 'mpich'] as const)('idlm train under mpirun of %s', (name) => {
  let mpi: InstalledMpi | undefined;
  beforeAll(() => {
    const installed = installMpi(name);
    if (typeof installed === 'string') console.warn(`Not tested: ${installed}`);
    else mpi = installed;
  }, 240_000);

  const launch = (argv: readonly string[], ranks = 2) =>
    launchRanks(mpi!, { ranks, argv: [...fromSource(program), ...argv], longest: 250_000 });

  it('makes the run of one process', async () => {
    if (!mpi) return;
    const [two, one] = [`${name}-two`, `${name}-one`];
    const made = await launch(train(two, 'teacher.updates=4')).ended;
    expect(made).toMatchObject({ code: 0, out: `${inFolder(two, 'checkpoints/step-4')}\n` });
    expect(made.err).toContain('2 ranks share the 2 batches of');
    const { teacher } = JSON.parse(await readFile(inFolder(two, 'config.resolved.json'), 'utf8'));
    expect(teacher.accumulate).toBe(2);
    expect(await stepsOf(two)).toEqual([1, 2, 3, 4]);
    expect((await idlm(...train(one, 'teacher.updates=4', 'teacher.accumulate=2'))).code).toBe(0);
    expect(await differenceOf(two, one, 4)).toBeLessThan(1e-4);
  });

  it('is refused once, and is gone on with by another number of ranks', async () => {
    // What launchers do is seen in the other tests.
    if (!mpi || name !== 'openmpi') return;
    const [two, one] = [`${name}-two`, `${name}-one`];
    const refused = await launch(train(two, 'teacher.updates=4')).ended;
    expect(refused.code).toBe(2);
    expect(refused.err.match(/holds a run already/g)).toHaveLength(1);

    // One process goes on with what two began, and two with what one began.
    expect((await idlm(...again(two, 'teacher.updates=6'))).code).toBe(0);
    expect((await launch(again(one, 'teacher.updates=6')).ended).code).toBe(0);
    expect(await differenceOf(two, one, 6)).toBeLessThan(1e-4);
    const tooMany = await launch(again(one, 'teacher.updates=7'), 3).ended;
    expect(tooMany.code).toBe(2);
    expect(tooMany.err).toContain('An update has 2 batches, of which 3 ranks have none each');
  });

  it('stops after the same update on all ranks when one is told to, and ends when one is killed', async () => {
    if (!mpi) return;
    const out = `${name}-long`;
    const started = launch(train(out, 'teacher.updates=100000', 'checkpoints.every=100000'));
    await logged(out, 3, started);
    const ranks = await pidsOf(started);
    expect(ranks).toHaveLength(2);
    process.kill(ranks[1]!, 'SIGTERM');
    const stopped = await started.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/Stopped after update \d+ and saved/);
    const steps = await stepsOf(out);
    expect(await readdir(inFolder(out, 'checkpoints'))).toContain(`step-${steps.at(-1)}`);

    const resumed = launch(again(out));
    await logged(out, steps.length + 3, resumed);
    process.kill((await pidsOf(resumed))[0]!, 'SIGKILL');
    const killed = await resumed.ended;
    expect(killed.code).not.toBe(0);
    expect(killed.code).not.toBeNull();
    // MPICH's launcher says it on stdout.
    expect(killed.out + killed.err).toMatch(/killed|signal 9|BAD TERMINATION/i);
  });
});

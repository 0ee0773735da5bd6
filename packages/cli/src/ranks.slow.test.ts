import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readSafetensors } from '@idlm/denoiser';
import type { SweepCell } from '@idlm/evaluation';
import { type Bundle, bundleOf } from '@idlm/tools/bundles';
import { type InstalledMpi, type LaunchedRanks, fromSource, installMpi, launchRanks } from '@idlm/tools/mpi';
import { idlm, tiny } from '../test/command-line';

// Each starts several processes, which take turns on few cores.
jest.setTimeout(600_000);

let folder: string;
let bundle: Bundle;
const inFolder = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranks-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  bundle = bundleOf(join(__dirname, 'main.ts'));
});
afterAll(() => {
  bundle.remove();
  return rm(folder, { recursive: true });
});

const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
/** A training of few updates, with the text and all that it shares with others. */
const training = (command: readonly string[], out: string, ...settings: string[]) => [
  ...[...command, '--out', inFolder(out), ...tiny],
  ...set('logs.every=1', ...settings, `data.corpus=${inFolder('text.txt')}`),
];
const train = (out: string, ...settings: string[]) =>
  training(['train'], out, 'checkpoints.every=2', 'logs.samplesEvery=null', 'teacher.validation=null', ...settings);
const again = (out: string, ...settings: string[]) => [
  'train',
  '--resume',
  '--out',
  inFolder(out),
  ...set(...settings),
];

async function weightsOf(out: string, step: number, role: string): Promise<Float32Array[]> {
  const path = inFolder(out, 'checkpoints', `step-${step}`, `${role}.weights.safetensors`);
  const { tensors } = readSafetensors(await readFile(path), path);
  return Object.values(tensors).map(({ bytes }) => new Float32Array(Uint8Array.from(bytes).buffer));
}

/** The largest difference of two runs' weights. */
async function differenceOf(a: string, b: string, step: number, role = 'teacher'): Promise<number> {
  const [left, right] = [await weightsOf(a, step, role), await weightsOf(b, step, role)];
  return Math.max(...left.map((values, i) => Math.max(...values.map((value, j) => Math.abs(value - right[i]![j]!)))));
}

const stepsOf = async (out: string): Promise<number[]> => {
  const text = await readFile(inFolder(out, 'metrics.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { step: number }).step);
};

const isRunning = ({ child }: LaunchedRanks): boolean => child.exitCode === null && child.signalCode === null;

/** Waits until a run has logged so many updates; its end ends the wait. */
async function logged(out: string, updates: number, started: LaunchedRanks): Promise<void> {
  while ((await stepsOf(out)).length < updates && isRunning(started)) await wait(50);
}

/** Processes of the ranks of a launcher. */
async function pidsOf(started: LaunchedRanks, program = bundle.program): Promise<number[]> {
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

/** An MPI, or nothing where it cannot be installed. */
function installed(name: 'openmpi' | 'mpich'): InstalledMpi | undefined {
  const found = installMpi(name);
  if (typeof found !== 'string') return found;
  console.warn(`Not tested: ${found}`);
  return undefined;
}

const launchBy = (mpi: InstalledMpi, argv: readonly string[], ranks = 2) =>
  launchRanks(mpi, { ranks, argv: [bundle.program, ...argv], longest: 250_000 });

describe.each(['openmpi', 'mpich'] as const)('idlm train under mpirun of %s', (name) => {
  let mpi: InstalledMpi | undefined;
  beforeAll(() => void (mpi = installed(name)), 600_000);
  const launch = (argv: readonly string[], ranks?: number) => launchBy(mpi!, argv, ranks);

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
    // Of Open MPI the first rank, which writes, of MPICH another one.
    process.kill((await pidsOf(resumed))[name === 'openmpi' ? 0 : 1]!, 'SIGKILL');
    const killed = await resumed.ended;
    expect(killed.code).not.toBe(0);
    expect(killed.code).not.toBeNull();
    // MPICH's launcher says it on stdout.
    expect(killed.out + killed.err).toMatch(/killed|signal 9|BAD TERMINATION/i);

    // What was killed goes on in one process, from what was saved last.
    const more = again(out, `teacher.updates=${steps.at(-1)! + 1}`);
    expect(await idlm(...more)).toMatchObject({ code: 0, err: expect.stringContaining('Going on from update') });
  });
});

// What differs from launcher to launcher is seen above.
describe('under mpirun', () => {
  let mpi: InstalledMpi | undefined;
  beforeAll(() => void (mpi = installed('openmpi')), 600_000);
  const launch = (argv: readonly string[], ranks?: number) => launchBy(mpi!, argv, ranks).ended;
  const [two, one] = ['openmpi-two', 'openmpi-one'];

  it('ranks that were asked for different runs are refused, and nothing is begun', async () => {
    if (!mpi) return;
    const of = (updates: number) => [process.execPath, bundle.program, ...train('apart', `teacher.updates=${updates}`)];
    const apart = await launch([...train('apart', 'teacher.updates=4'), ':', '-n', '1', ...of(5)], 1);
    expect(apart.code).toBe(2);
    expect(apart.err).toContain('error: Rank 1 has teacher.updates 5, and rank 0 has 4: ranks do one thing together');
    expect(await readdir(inFolder('apart')).catch(() => 'none')).toBe('none');
  });

  it('a run is refused once, and gone on with by another number of ranks', async () => {
    if (!mpi) return;
    const refused = await launch(train(two, 'teacher.updates=4'));
    expect(refused.code).toBe(2);
    expect(refused.err.match(/holds a run already/g)).toHaveLength(1);

    // One process goes on with what two began, and two with what one began.
    expect((await idlm(...again(two, 'teacher.updates=6'))).code).toBe(0);
    expect((await launch(again(one, 'teacher.updates=6'))).code).toBe(0);
    expect(await differenceOf(two, one, 6)).toBeLessThan(1e-4);
    const tooMany = await launch(again(one, 'teacher.updates=7'), 3);
    expect(tooMany.code).toBe(2);
    expect(tooMany.err).toContain('An update has 2 batches, of which 3 ranks have none each');
  });

  const teacher = () => ['--teacher', inFolder(two)];

  it.each([
    ['scorer', ['train', 'scorer'], 2, 'scorers.autoregressive.accumulate'],
    ['student', ['distill', '--teacher'], 3, 'distillation.accumulate'],
  ] as const)('a %s is that of one process', async (role, command, step, accumulate) => {
    if (!mpi) return;
    const words = [...command, ...(role === 'student' ? [inFolder(two)] : [])];
    const made = await launch(training(words, `${role}-two`));
    expect({ code: made.code, ...(made.code && made) }).toEqual({ code: 0 });
    expect((await idlm(...training(words, `${role}-one`, `${accumulate}=2`))).code).toBe(0);
    expect(await differenceOf(`${role}-two`, `${role}-one`, step, role)).toBeLessThan(1e-4);
  });

  it('four ranks write the texts of one process, once, and two evaluate as one does', async () => {
    if (!mpi) return;
    const sample = ['sample', '--model', inFolder('student-two'), '--engine', 'wasm', '--count', '6', '--seed', '3'];
    const alone = await idlm(...sample);
    expect(alone.out.split('\n')).toHaveLength(7);
    expect(await launch(sample, 4)).toMatchObject({ code: 0, out: alone.out });

    const evaluate = (out: string) => [
      'eval',
      ...teacher(),
      '--student',
      inFolder('student-two'),
      '--out',
      inFolder(out),
    ];
    const words = (out: string) => [...evaluate(out), ...tiny];
    expect((await launch(words('eval-two'))).code).toBe(0);
    expect((await idlm(...words('eval-one'))).code).toBe(0);
    const rowsOf = async (out: string) => {
      const { rows } = JSON.parse(await readFile(inFolder(out, 'manifest.json'), 'utf8')) as { rows: SweepCell[] };
      return rows.map(({ model, steps, perplexity, entropy }) => ({ model, steps, perplexity, entropy }));
    };
    const rows = await rowsOf('eval-two');
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(await rowsOf('eval-one'));
  });

  it('each tells that it waits for an update, by its number', async () => {
    if (!mpi) return;
    // Any update takes longer than half a millisecond. The thread that watches them stands beside the sources, and not in the bundle.
    const program = join(__dirname, 'main.ts');
    const argv = [...fromSource(program), ...train('stalled', 'teacher.updates=100000', 'health.stallMinutes=1e-5')];
    const started = launchRanks(mpi, { ranks: 2, argv, longest: 250_000 });
    const told = (rank: number) => started.written.err.includes(`warning: Rank ${rank}: No update was made for `);
    while (!(told(0) && told(1)) && isRunning(started)) await wait(50);
    expect([told(0), told(1)]).toEqual([true, true]);
    // Signals are heeded from the first update on.
    await logged('stalled', 1, started);
    process.kill((await pidsOf(started, program))[0]!, 'SIGTERM');
    expect((await started.ended).code).toBe(130);
  });

  it('all look at the installation, and one says what they find', async () => {
    if (!mpi) return;
    const { code, out, err } = await launch(['doctor', '--engine', 'wasm', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: 'Nothing is broken.\n' });
    const { findings } = JSON.parse(out) as { findings: { what: string; state: string; found: string }[] };
    const found = Object.fromEntries(findings.map(({ what, state, found: said }) => [what, `${state}: ${said}`]));
    expect(found['MPI']).toMatch(/^ok: Open MPI v5\.0.*MPI_THREAD_MULTIPLE/);
    expect(found['ranks']).toMatch(
      /^ok: 2 on one machine, started by Open MPI, add numbers rightly: one number takes [\d.]+ ms/,
    );
  });
});

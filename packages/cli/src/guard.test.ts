import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { resolveConfig } from '@idlm/recipe/config';
import { idlm as runIdlm } from '../test/command-line';

const words = ['ash', 'birch', 'elm', 'fir', 'larch', 'lime', 'maple', 'oak', 'pine', 'yew', 'rowan', 'alder'];
const tiny = ['data.layout=rows', 'data.length=6', 'data.heldOut=0.5', 'model.hidden=16', 'model.blocks=1'];
const guarded = ['every=1', 'samples=5', 'steps=2', 'patience=2'].map((setting) => `distillation.guard.${setting}`);
const more = ['model.heads=2', 'model.cond=4', 'evaluation.teacherSteps=[4]', 'evaluation.compareAt=4'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guard-'));
  await writeFile(join(folder, 'trees.txt'), words.join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('idlm distill with a guard', () => {
  const set = (settings: readonly string[]) => settings.flatMap((setting) => ['--set', setting]);
  // A file holds the settings of both commands.
  const file = () => join(folder, 'both.yaml');
  const brief = ['teacher.updates=3', 'teacher.batch=4', 'distillation.updates=6', 'distillation.batch=4'];
  const logs = ['logs.every=1', 'logs.samplesEvery=null', 'checkpoints.every=2'];

  const idlm = (...argv: string[]) => runIdlm(...argv, '--engine', 'wasm', '--config', file());

  beforeAll(async () => {
    const settings = [...tiny, ...more, ...brief, ...logs, `data.corpus=${join(folder, 'trees.txt')}`];
    await writeFile(file(), stringify(resolveConfig({ settings }).config));
  });

  it('logs every check, and saves the last good student or says that there is none', async () => {
    expect((await idlm('train', '--out', join(folder, 'teacher'))).code).toBe(0);
    const out = join(folder, 'student');
    const asked = ['--teacher', join(folder, 'teacher'), '--out', out, '--json', ...set(guarded)];
    const { code, out: told, err } = await idlm('distill', ...asked);
    expect(code).toBe(0);
    expect(err).toMatch(/^Guard: the teacher at 4 steps drifts by tokens .* \(3 samples\)\.$/m);
    const lines = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const checks = lines
      .map((line) => JSON.parse(line) as Record<string, number>)
      .filter((one) => 'guard/worst' in one);
    expect(checks.length).toBeGreaterThanOrEqual(2);
    const last = (await readFile(join(out, 'checkpoints', 'latest'), 'utf8')).trim();
    const state = JSON.parse(await readFile(join(out, 'checkpoints', last, 'state.json'), 'utf8')) as {
      step: number;
      guard: { checked: number; strikes: number; kept?: number };
    };
    const good = checks.filter((one) => one['guard/worst']! <= 1).at(-1)?.['step'];
    expect(state.guard).toMatchObject({ checked: state.step, ...(good === undefined ? {} : { kept: good }) });
    expect(state.step).toBe(state.guard.strikes >= 2 ? checks.at(-1)!['step'] : 6);
    expect((JSON.parse(told) as { guard: { kept?: number } }).guard.kept).toBe(good);
    // A run that is there is told before the teacher is sampled.
    const again = await idlm('distill', ...asked);
    expect(again).toMatchObject({ code: 2, err: expect.not.stringContaining('Guard:') });
  });
});

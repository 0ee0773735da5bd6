import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tinyWith } from '../test/command-line';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guard-'));
  const colours = 'red blue green white black brown grey pink violet cyan gold amber';
  await writeFile(join(folder, 'text.txt'), colours.replaceAll(' ', '\n'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('idlm distill with a guard', () => {
  const guard = { every: 1, samples: 5, steps: 2, patience: 2 };

  it('logs every check, and saves the last good student or says that there is none', async () => {
    const settings = await tinyWith(join(folder, 'guarded.yaml'), {
      // Six rows are held out, of which two halves are compared: fewer than the five that are asked for.
      data: { corpus: join(folder, 'text.txt'), layout: 'rows', length: 6, heldOut: 0.5 },
      distillation: { updates: 6, guard },
      checkpoints: { every: 2 },
    });
    expect((await idlm('train', '--out', join(folder, 'teacher'), ...settings)).code).toBe(0);
    const out = join(folder, 'student');
    const asked = ['--teacher', join(folder, 'teacher'), '--out', out, '--json', ...settings];
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
      guard: { checked: number; failures: number; kept?: number };
    };
    const good = checks.filter((one) => one['guard/worst']! <= 1).at(-1)?.['step'];
    expect(state.guard).toMatchObject({ checked: state.step, ...(good === undefined ? {} : { kept: good }) });
    expect(state.step).toBe(state.guard.failures >= 2 ? checks.at(-1)!['step'] : 6);
    expect((JSON.parse(told) as { guard: { kept?: number } }).guard.kept).toBe(good);
    // A run that is there is told before the teacher is sampled.
    const again = await idlm('distill', ...asked);
    expect(again).toMatchObject({ code: 2, err: expect.not.stringContaining('Guard:') });
  });
});

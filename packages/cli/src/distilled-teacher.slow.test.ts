import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeModel, hashWeights } from '@idlm/denoiser/node';
import { idlm, tiny } from '../test/command-line';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distilled-teacher-'));
  await writeFile(join(folder, 'text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(['mdlm', 'duo'])('a %s student of discrete consistency distillation', (family) => {
  const inFolder = (name: string) => join(folder, `${family}-${name}`);
  const withFamily = (...argv: string[]) => {
    const unguarded = argv[0] === 'distill' ? ['distillation.guard=null'] : [];
    const settings = [`data.corpus=${join(folder, 'text.txt')}`, `family=${family}`, ...unguarded];
    return idlm(...argv, ...tiny, ...settings.flatMap((setting) => ['--set', setting]));
  };

  it('is the teacher of inverse distillation by the same command', async () => {
    const dcd = '{name: dcd, options: {refreshEvery: 2}}';
    expect((await withFamily('train', '--out', inFolder('teacher'))).code).toBe(0);
    const first = ['distill', '--teacher', inFolder('teacher'), '--out', inFolder('dcd')];
    expect((await withFamily(...first, '--set', `distillation.objective=${dcd}`)).code).toBe(0);
    const second = ['distill', '--teacher', inFolder('dcd'), '--out', inFolder('student')];
    const { code, out } = await withFamily(...second);
    expect(code).toBe(0);

    // The run's teacher is the averaged student of the first distillation, not that student's own teacher.
    const manifest = JSON.parse(await readFile(join(inFolder('student'), 'manifest.json'), 'utf8')) as {
      teacher: string;
    };
    const [given, original] = ['dcd', 'teacher'].map((name) => join(inFolder(name), 'checkpoints'));
    const newest = async (checkpoints: string) =>
      join(checkpoints, (await readFile(join(checkpoints, 'latest'), 'utf8')).trim());
    expect(manifest.teacher).toBe(await hashWeights(await newest(given!)));
    expect(manifest.teacher).not.toBe(await hashWeights(await newest(original!)));
    expect(await readdir(out.trim())).toEqual(expect.arrayContaining(['model.safetensors']));

    const lines = (await readFile(join(inFolder('student'), 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const metrics = lines.map((line) => JSON.parse(line) as Record<string, number>);
    // The fake starts as that teacher, so that the first student steps follow its loss from the same place.
    for (const { 'student/teacherLoss': teacher, 'student/fakeLoss': fake } of metrics)
      expect(Math.abs(teacher! - fake!)).toBeLessThan(0.5 * Math.abs(teacher!));
    const { role, made } = await describeModel(inFolder('student'));
    expect([role, made]).toMatchObject([
      'student',
      { teacher: manifest.teacher, updates: 3, objective: { name: 'idlm' } },
    ]);
    expect(made!.data).toEqual({ corpus: 'text.txt', hash: expect.any(String), heldOut: 0.1 });
    const asJson = (name: string) =>
      idlm('sample', '--json', '--model', inFolder(name), '--count', '1', '--steps', '2', ...tiny.slice(0, 2));
    const [ofTeacher, ofStudent] = [await asJson('teacher'), await asJson('student')];
    expect(JSON.parse(ofTeacher.out)).toMatchObject({ role: 'teacher', family, steps: 2 });
    expect(ofTeacher.err).toContain(
      `Writing with a teacher of ${family}, made in 6 updates, at 2 steps. A teacher is weak`,
    );
    expect(JSON.parse(ofStudent.out)).toMatchObject({ role: 'student', family, text: expect.any(String) });
    expect(ofStudent.err).toContain(`Writing with a student of ${family}, made in 3 updates of idlm, at 2 steps.\n`);
  });
});

import { cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
const json = async (...parts: string[]) => JSON.parse(await readFile(inFolder(...parts), 'utf8'));

/** When each file and folder of a run was last changed, by path. */
async function times(run: string): Promise<Record<string, number>> {
  const names = ['.', ...(await readdir(inFolder(run), { recursive: true }))];
  const found = names.map(async (name) => [name, (await stat(inFolder(run, name))).mtimeMs] as const);
  return Object.fromEntries(await Promise.all(found));
}

const resume = (...argv: string[]) => idlm('train', '--resume', '--out', inFolder('teacher'), ...argv);
/** A copy of the teacher with its first checkpoint alone, 3 of 6 updates. */
async function interrupted(name: string): Promise<string[]> {
  await cp(inFolder('teacher'), inFolder(name), { recursive: true });
  await rm(inFolder(name, 'checkpoints', 'step-6'), { recursive: true });
  return ['train', '--resume', '--out', inFolder(name)];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resume-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  const text = set(`data.corpus=${inFolder('text.txt')}`);
  expect((await idlm('train', '--out', inFolder('teacher'), ...tiny, ...text)).code).toBe(0);
  const distil = ['distill', '--teacher', inFolder('teacher'), '--out', inFolder('student')];
  expect((await idlm(...distil, ...tiny, ...set('distillation.guard=null'))).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a finished run', () => {
  it.each([
    ['teacher', ['train'], [], '6 of 6 updates. Nothing was changed.'],
    ['teacher', ['train'], set('teacher.batch=3'), '6 of 6 updates. Nothing was changed; teacher.batch stays 4.'],
    ['student', ['distill', '--teacher', 'teacher'], [], '3 of 3 updates. Nothing was changed.'],
    [
      'student',
      ['distill', '--teacher', 'teacher'],
      set('distillation.student.learningRate=0.01'),
      '3 of 3 updates. Nothing was changed; distillation.student.learningRate stays 0.0001.',
    ],
  ])('says so and is not touched: %s %j %j', async (run, command, settings, sentence) => {
    const before = await times(run);
    const { code, out, err } = await idlm(...command, '--resume', '--out', inFolder(run), ...settings);
    expect([code, err]).toEqual([0, `Already finished: ${sentence}\n`]);
    expect(out.trim()).toMatch(/step-\d$/);
    expect(await times(run)).toEqual(before);
  });

  it('tells programs as well', async () => {
    const { out } = await resume('--json');
    const model = inFolder('teacher', 'checkpoints', 'step-6');
    expect(JSON.parse(out)).toEqual({ step: 6, interrupted: false, finished: true, model });
  });
});

describe('settings that a run keeps', () => {
  it.each([
    ['seed=99', 'seed 1, and --set gives 99'],
    ['family.options.schedule=cosine', 'family.options.schedule "log-linear", and --set gives "cosine"'],
    ['model.hidden=32', 'model.hidden 16, and --set gives 32'],
    ['model.timeConditioning=true', 'model.timeConditioning null, and --set gives true'],
    ['teacher.reduction=sum', 'teacher.reduction "token-mean", and --set gives "sum"'],
    ['teacher.antithetic=false', 'teacher.antithetic true, and --set gives false'],
    ['teacher.samplingEps=0.1', 'teacher.samplingEps 0.001, and --set gives 0.1'],
    ['data.length=10', 'data.length 12, and --set gives 10'],
    ['data.heldOut=0.3', 'data.heldOut 0.1, and --set gives 0.3'],
    ['data.normalise=none', 'data.normalise "letters", and --set gives "none"'],
    ['data.layout=rows', 'data.layout null, and --set gives "rows"'],
  ])('are refused by name with both values: %s', async (setting, sentence) => {
    const before = await times('teacher');
    const { code, err } = await resume(...set('teacher.updates=9', setting));
    expect([code, err]).toEqual([
      2,
      `error: ${inFolder('teacher')} was made with ${sentence}; a run keeps it to its end: leave it out, or begin a new run in another folder.\n`,
    ]);
    expect(await times('teacher')).toEqual(before);
  });

  it.each([
    ['distillation.objective.options.relaxation=simplex', 'distillation.objective.options.relaxation "gumbel-softmax"'],
    ['distillation.objective=sdtt', 'distillation.objective.name "idlm"'],
    ['distillation.fakeUpdates=2', 'distillation.fakeUpdates 1'],
  ])('are refused for a student: %s', async (setting, sentence) => {
    const distil = ['distill', '--teacher', inFolder('teacher'), '--out', inFolder('student'), '--resume'];
    const { code, err } = await idlm(...distil, ...set(setting));
    expect([code, err]).toEqual([2, expect.stringContaining(`was made with ${sentence}, and --set gives`)]);
  });

  it('are told from fewer updates than were made, and from text with another name alone', async () => {
    const fewer = await resume(...set('teacher.updates=5'));
    expect([fewer.code, fewer.err]).toEqual([
      2,
      `error: ${inFolder('teacher')} has made 6 updates, and --set sets teacher.updates to 5; set at least 6, or begin a new run in another folder.\n`,
    ]);
    await cp(inFolder('text.txt'), inFolder('copy.txt'));
    const go = await interrupted('renamed');
    expect((await idlm(...go, ...set(`data.corpus=${inFolder('copy.txt')}`))).code).toBe(0);
    await writeFile(inFolder('copy.txt'), 'a cat sat on a mat and that was that '.repeat(40));
    const other = await idlm(...(await interrupted('other')), ...set(`data.corpus=${inFolder('copy.txt')}`));
    expect([other.code, other.err]).toEqual([
      2,
      expect.stringMatching(/was made with data "\w+" and this run has "\w+"/),
    ]);
  });
});

describe('what changes at a resume', () => {
  it('is told, takes effect, and is kept with the update at which it changed', async () => {
    const go = await interrupted('changed');
    const rate = 'teacher.optimizer.learningRate=0.001';
    const first = await idlm(...go, ...set('teacher.updates=7', 'teacher.batch=3', rate), '--no-compile');
    expect(first.code).toBe(0);
    const changes = [
      { update: 3, path: 'engine.compile', from: 'auto', to: 'off' },
      { update: 3, path: 'teacher.updates', from: 6, to: 7 },
      { update: 3, path: 'teacher.batch', from: 4, to: 3 },
      { update: 3, path: 'teacher.optimizer.learningRate', from: 0.002, to: 0.001 },
    ];
    expect(first.err).toContain('Going on from update 3.\nFrom update 3 on: engine.compile "auto" → "off".\n');
    expect(first.err).toContain('From update 3 on: teacher.batch 4 → 3.\n');
    expect((await json('changed', 'manifest.json')).changes).toEqual(changes);
    expect((await json('changed', 'config.resolved.json')).teacher).toMatchObject({ updates: 7, batch: 3 });
    // Until then it is the run that it was, and from there on another.
    const lines = async (run: string) => (await readFile(inFolder(run, 'metrics.jsonl'), 'utf8')).split('\n');
    const [changed, whole] = [await lines('changed'), await lines('teacher')];
    const at = (step: number) => whole.findIndex((line) => line.startsWith(`{"step":${step},"teacher/loss"`));
    expect(changed.slice(0, at(4))).toEqual(whole.slice(0, at(4)));
    expect(changed[at(4)]).not.toBe(whole[at(4)]);
    // Nothing need be said again, and what changes next is kept beside it.
    expect((await idlm(...go, ...set('teacher.updates=8'))).code).toBe(0);
    expect((await json('changed', 'manifest.json')).changes).toEqual([
      ...changes,
      { update: 7, path: 'teacher.updates', from: 7, to: 8 },
    ]);
    expect((await json('changed', 'config.resolved.json')).teacher.batch).toBe(3);
  });

  it('is what a named file sets, and nothing else', async () => {
    const go = await interrupted('by-file');
    await writeFile(inFolder('more.yaml'), 'teacher: { batch: 5 }\ndistillation: { updates: 9 }\n');
    expect((await idlm(...go, '--config', inFolder('more.yaml'))).code).toBe(0);
    expect((await json('by-file', 'manifest.json')).changes).toEqual([
      { update: 3, path: 'teacher.batch', from: 4, to: 5 },
    ]);
  });

  it('names another engine than the run was made on', async () => {
    const go = await interrupted('elsewhere');
    const manifest = await json('elsewhere', 'manifest.json');
    await writeFile(
      inFolder('elsewhere', 'manifest.json'),
      JSON.stringify({ ...manifest, engine: { name: 'native', version: '2.18.0' } }),
    );
    const { err } = await idlm(...go);
    expect(err).toContain('From update 3 on: engine.name "native" → "wasm".\n');
    expect((await json('elsewhere', 'manifest.json')).changes).toMatchObject([
      { update: 3, path: 'engine.name', from: 'native', to: 'wasm' },
      { update: 3, path: 'engine.version', from: '2.18.0' },
    ]);
  });
});

describe('runs of another kind', () => {
  it.each([
    [['train', 'scorer', '--force'], 'this is one of a scorer, which does not replace it; name another folder'],
    [['distill', '--teacher', 'teacher', '--force'], 'this is one of a student, which does not replace it'],
    [['train', 'scorer', '--resume'], 'go on with it by the command that began it'],
    [['distill', '--teacher', 'teacher', '--resume'], 'go on with it by the command that began it'],
  ])('are left alone by %j', async (command, sentence) => {
    const before = await times('teacher');
    const argv = command.map((word) => (word === 'teacher' ? inFolder(word) : word));
    const text =
      command.includes('scorer') && command.includes('--force') ? set(`data.corpus=${inFolder('text.txt')}`) : [];
    const sizes = command.includes('--force') ? tiny : [];
    const { code, err } = await idlm(...argv, '--out', inFolder('teacher'), ...sizes, ...text);
    expect([code, err]).toEqual([2, expect.stringContaining(`teacher holds the run of a teacher`)]);
    expect(err).toContain(sentence);
    const after = await times('teacher');
    // The lock came and went, which changes the folder itself.
    expect({ ...after, '.': 0 }).toEqual({ ...before, '.': 0 });
  });
});

it('refuses settings of the command line that a command makes no use of, and keeps those of files out of its record', async () => {
  const text = set(`data.corpus=${inFolder('text.txt')}`);
  const scorer = ['train', 'scorer', '--out', inFolder('scorer'), ...tiny, ...text];
  const { code, err } = await idlm(...scorer, ...set('evaluation.samples=7', 'teacher.updates=3'));
  expect([code, err]).toEqual([
    2,
    'error: --set teacher.updates: "idlm train scorer" does not read it; leave it out. It is for "idlm train" and "idlm compare".\n' +
      '--set evaluation.samples: "idlm train scorer" does not read it; leave it out. It is for "idlm eval", "idlm search-grid" and "idlm compare".\n',
  ]);
  await expect(stat(inFolder('scorer'))).rejects.toThrow('ENOENT');
  expect((await idlm(...scorer)).code).toBe(0);
  expect(Object.keys(await json('scorer', 'config.resolved.json')).sort()).toEqual([
    'checkpoints',
    'data',
    'engine',
    'family',
    'health',
    'imports',
    'logs',
    'model',
    'scorers',
    'seed',
  ]);
  expect(Object.keys((await json('scorer', 'config.resolved.json')).scorers)).toEqual(['autoregressive']);
});

it('a run that a limit ends is saved, ends with 130 as an interrupted one does, and goes on', async () => {
  const text = set(`data.corpus=${inFolder('text.txt')}`);
  const limited = ['--set', 'health.hours=1e-9'];
  const { code, err } = await idlm('train', '--out', inFolder('limited'), ...tiny, ...text, ...limited);
  expect(code).toBe(130);
  expect(err).toMatch(/Stopped after update [1-5] and saved; go on with "idlm train --out .*limited --resume"\.\n$/);
  const { code: end } = await idlm('train', '--resume', '--out', inFolder('limited'), '--set', 'health.hours=null');
  expect(end).toBe(0);
  const weights = ['checkpoints', 'step-6', 'model.safetensors'];
  expect(await readFile(inFolder('limited', ...weights))).toEqual(await readFile(inFolder('teacher', ...weights)));
});

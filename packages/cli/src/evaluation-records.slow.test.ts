import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultManifest } from '@idlm/evaluation';
import { idlm, tiny } from '../test/command-line';
import type { ReportData } from './report/data';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
/** Settings of models; evaluations are to find them in their runs. */
const ofRuns = (...argv: string[]) => idlm(...argv, ...tiny, '--set', 'data.length=16');
const evaluate = (out: string, ...more: string[]) =>
  idlm('eval', ...tiny.slice(0, 2), '--config', inFolder('small.yaml'), '--out', inFolder(out), ...more);
const SMALL =
  'evaluation: { samples: 6, teacherSteps: [1, 4], studentSteps: [2], compareAt: 4 }\nscorers: { nGramOrder: 3 }';
const models = () => ['--teacher', inFolder('runs', 'teacher'), '--student', inFolder('runs', 'student')];
const read = async <Value>(...parts: string[]) => JSON.parse(await readFile(inFolder(...parts), 'utf8')) as Value;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'records-'));
  await writeFile(inFolder('small.yaml'), SMALL);
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  await writeFile(inFolder('other.txt'), 'pack my box with five dozen liquor jugs '.repeat(40));
  const text = ['--set', `data.corpus=${inFolder('text.txt')}`];
  await ofRuns('train', ...text, '--out', inFolder('runs', 'teacher'));
  await ofRuns(
    'distill',
    ...['--teacher', inFolder('runs', 'teacher'), '--out', inFolder('runs', 'student')],
    ...['--set', 'distillation.guard.factor=3', '--set', 'distillation.guard.samples=8'],
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('the record of an evaluation', () => {
  let err: string;
  let manifest: ResultManifest;
  let report: ReportData;
  let html: string;
  beforeAll(async () => {
    ({ err } = await evaluate('runs/eval', ...models()));
    manifest = await read('runs', 'eval', 'manifest.json');
    report = await read('runs', 'eval', 'report.json');
    html = await readFile(inFolder('runs', 'eval', 'report.html'), 'utf8');
  });

  it('takes text, length and split from the run of the teacher, and says which text that is', () => {
    expect(manifest.config).toMatchObject({ data: { corpus: inFolder('text.txt'), length: 16, heldOut: 0.1 } });
    expect(manifest.text).toEqual({
      corpus: inFolder('text.txt'),
      absolute: inFolder('text.txt'),
      fromManifest: '../../text.txt',
      heldOut: 0.1,
      documents: 1,
      characters: 1760,
      trainTokens: 1584,
      heldOutTokens: 175,
      heldOutIsTraining: false,
    });
    expect(err).toContain(`Text: ${inFolder('text.txt')}, 1.58 k tokens to train on, 175 held out.`);
    expect(report.subtitle).toContain('1 document, 1.76 k characters; 1.58 k tokens to train on, 175 held out');
    expect([err.includes('warning'), manifest.notes]).toEqual([false, []]);
  });

  it('tells of each model how it was made, with its own settings, and keeps those of the evaluation apart', async () => {
    const { teacher, student } = manifest.models;
    const { seconds } = await read<{ seconds: number }>('runs', 'teacher', 'training-time.json');
    expect(seconds).toBeGreaterThan(0);
    expect(teacher).toMatchObject({
      folder: '../teacher/checkpoints/step-6',
      absolute: inFolder('runs', 'teacher', 'checkpoints', 'step-6'),
      weights: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      family: { name: 'mdlm' },
      sampler: { name: 'ancestral-cached' },
      origin: {
        role: 'teacher',
        updates: 6,
        seconds,
        text: { corpus: inFolder('text.txt'), heldOut: 0.1, data: manifest.data },
        settings: { model: { hidden: 16 }, teacher: { updates: 6, batch: 4 } },
      },
    });
    expect(teacher!.parameters).toBeGreaterThan(1000);
    expect(student!.origin).toMatchObject({
      role: 'student',
      ofRun: 3,
      settings: { distillation: { updates: 3, objective: { name: 'idlm' }, guard: { factor: 3 } } },
    });
    expect(student!.origin!.settings).not.toHaveProperty('teacher');
    expect(Object.keys(manifest.config as object).sort()).toEqual([
      'data',
      'engine',
      'evaluation',
      'family',
      'imports',
      'model',
      'sampling',
      'scorers',
      'seed',
    ]);
    expect(manifest.config).toMatchObject({ model: { timeConditioning: null }, scorers: { nGramOrder: 3 } });
    const keysOf = (section: string) => Object.keys((manifest.config as Record<string, object>)[section]!);
    expect([keysOf('model'), keysOf('scorers').sort()]).toEqual([['timeConditioning'], ['judges', 'nGramOrder']]);
    expect(manifest.config).not.toHaveProperty('sampling.steps');
    expect(html).toContain('Models and text');
  });

  it('judges held-out text as the samples are, in every table and plot', () => {
    const { realText, rows } = manifest;
    expect(realText).toMatchObject({ samples: 6, wordRate: 1 });
    expect(realText!.perplexity['n-gram']).toBeLessThan(rows[0]!.perplexity['n-gram']! / 4);
    expect(Object.keys(realText!.perplexity)).toEqual(Object.keys(rows[0]!.perplexity));
    expect(err).toMatch(/\nheld-out text +–/);
    expect(html.match(/<g class="real"><path/g)).toHaveLength(5);
    expect(html).toMatch(/<tr class="real"><td>held-out text<\/td>/);
    expect(html).toContain('<strong>held-out text</strong>');
  });

  it("marks a student's bound as not comparable, and measures drift by the factor of its run", () => {
    expect(manifest.bounds).toMatchObject({ teacher: { comparable: true }, student: { comparable: false } });
    expect(err).toMatch(/Held-out text under the student: NELBO .* do not compare it with that of a teacher\./);
    expect(err.match(/do not compare/g)).toHaveLength(1);
    expect(html).toContain('not comparable');
    expect(report.driftFactor).toBe(3);
    expect(err).toMatch(/drift(s more than| stays within) 3 ×/);
  });

  it('is reproduced from anywhere, and after it was moved together with its runs', async () => {
    const here = process.cwd();
    await mkdir(inFolder('moved'));
    await rename(inFolder('runs'), inFolder('moved', 'runs'));
    await cp(inFolder('text.txt'), inFolder('moved', 'text.txt'));
    process.chdir(tmpdir());
    try {
      const { code, out, err: said } = await idlm('reproduce', inFolder('moved', 'runs', 'eval'));
      expect([code, out.trim()]).toEqual([0, 'all numbers of 3 rows are reproduced (tolerance 0)']);
      expect(said).not.toContain('warning');
    } finally {
      process.chdir(here);
      await rename(inFolder('moved', 'runs'), inFolder('runs'));
    }
  });

  it('names other weights and other versions before anything is sampled', async () => {
    const older = {
      ...manifest,
      versions: { ...manifest.versions, idlm: '0.0.9' },
      config: { ...(manifest.config as object), engine: { name: 'cpu' } },
      models: { ...manifest.models, teacher: { ...manifest.models['teacher'], weights: 'ab'.repeat(32) } },
    };
    await writeFile(inFolder('runs', 'eval', 'older.json'), JSON.stringify(older));
    const { err: said } = await idlm('reproduce', inFolder('runs', 'eval', 'older.json'), '--engine', 'wasm');
    const [weights, versions, sampling] = [
      'weights of the teacher (sha256 abababab',
      'idlm: 0.0.9 before',
      'Sampling',
    ].map((words) => said.indexOf(words));
    expect(weights).toBeGreaterThan(0);
    expect(versions).toBeGreaterThan(weights!);
    expect(sampling).toBeGreaterThan(versions!);
    expect(said).toContain('Engine: wasm');
  });

  it('of format 1, with paths seen from where the command ran, is read too', async () => {
    const { text: _, realText: __, notes: ___, ...rest } = manifest;
    const models = Object.fromEntries(
      Object.entries(manifest.models).map(([role, { weights, family, folder: path }]) => [
        role,
        { folder: path.replace('..', 'runs'), weights, family },
      ]),
    );
    const { data, ...settings } = manifest.config as { data: object };
    const config = { ...settings, data: { ...data, corpus: 'text.txt' } };
    await writeFile(inFolder('runs', 'eval', 'first.json'), JSON.stringify({ ...rest, format: 1, models, config }));
    expect((await idlm('reproduce', inFolder('runs', 'eval', 'first.json'))).out).toContain('all numbers of 3 rows');
  });

  it('is rendered again as it was', async () => {
    expect((await idlm('report', inFolder('runs', 'eval'))).code).toBe(0);
    expect(await readFile(inFolder('runs', 'eval', 'report.html'), 'utf8')).toBe(html);
  });

  it('is refused in one sentence where a model is gone', async () => {
    const models = { teacher: { ...manifest.models['teacher'], folder: 'nowhere/x', absolute: '/nowhere/x' } };
    await writeFile(inFolder('lost.json'), JSON.stringify({ ...manifest, models }));
    const { code, err: said } = await idlm('reproduce', inFolder('lost.json'));
    expect([code, said.trim()]).toEqual([
      2,
      'error: The teacher was in /nowhere/x, and is neither there nor where it lay beside the manifest; put it back.',
    ]);
  });
});

describe('text that is not what a model was trained on', () => {
  it('is called training text wherever nothing is held out, also under --quiet', async () => {
    const { err } = await evaluate('bare', '-q', '--teacher', inFolder('runs', 'teacher'), '--set', 'data.heldOut=0');
    expect(err).toContain('warning: Nothing is held out');
    const { notes, subtitle } = await read<ReportData>('bare', 'report.json');
    expect(notes).toEqual([expect.stringContaining('Nothing is held out'), expect.stringContaining('this is 0 %')]);
    expect(subtitle).toContain('all is measured on training text');
    const html = await readFile(inFolder('bare', 'report.html'), 'utf8');
    expect(html).toContain('Likelihood of training text');
    expect(html).not.toMatch(/held-out text/);
    const { text, notes: recorded } = await read<ResultManifest>('bare', 'manifest.json');
    expect([text!.heldOutIsTraining, recorded]).toEqual([true, notes]);
  });

  it('is named with that of the model, as is another share', async () => {
    const teacher = ['--teacher', inFolder('runs', 'teacher')];
    const other = await evaluate('other', ...teacher, '--set', `data.corpus=${inFolder('other.txt')}`);
    const { notes } = await read<ReportData>('other', 'report.json');
    expect(notes).toEqual([
      expect.stringContaining(`was trained on ${inFolder('text.txt')}, and the text here is ${inFolder('other.txt')}`),
    ]);
    expect(other.err).toContain(`warning: ${notes![0]}`);
    const { err } = await evaluate('share', ...teacher, '--set', 'data.heldOut=0.5');
    expect(err).toContain('was trained with 10 % of the text held out (data.heldOut), and this is 50 %');
  });

  it('is told of a student that was distilled from another teacher', async () => {
    await ofRuns('train', '--set', `data.corpus=${inFolder('text.txt')}`, '--seed', '5', '--out', inFolder('stranger'));
    const pair = ['--teacher', inFolder('stranger'), '--student', inFolder('runs', 'student')];
    const { err } = await evaluate('strangers', ...pair);
    expect(err).toContain(
      `warning: The student in ${inFolder('runs', 'student')} was distilled from another teacher than the one in ${inFolder('stranger')}.`,
    );
  });
});

describe('damaged reports', () => {
  it.each([
    ['', 'is empty'],
    ['{"title":"a","ro', 'is damaged: it is no JSON, or cut short'],
    ['[]', 'no such record'],
    ['{"title":"a"}', 'holds no results that a report shows'],
    ['{"summaries":1}', 'no such record'],
  ])('are refused in one sentence: %j', async (text, words) => {
    await mkdir(inFolder('damaged'), { recursive: true });
    await writeFile(inFolder('damaged', 'report.json'), text);
    const { code, err } = await idlm('report', inFolder('damaged'));
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain(
      'name what "idlm eval", "idlm quickstart", "idlm compare", "idlm train" or "idlm distill" wrote',
    );
  });

  it.each([
    [['--out', 'plot.png'], '--out takes a file that ends in .html; plot.png was given.'],
    [['--format', 'csv', '--out', 'manifest.json'], '--out takes a file that ends in .csv; manifest.json was given.'],
    [['--svg', 'plot.png'], '--svg takes a file that ends in .svg; plot.png was given.'],
  ])('do not go over files of another kind: %j', async (more, sentence) => {
    const { code, err } = await idlm('report', inFolder('damaged'), ...more);
    expect([code, err.trim()]).toEqual([2, `error: ${sentence}`]);
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOnnxMetadata } from '@idlm/onnx';
import { idlm, tiny, tinyWith } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
const linesOf = (text: string) => text.split('\n').filter(Boolean);
const jsonLines = async (...parts: string[]) =>
  linesOf(await readFile(inFolder(...parts), 'utf8')).map((line) => JSON.parse(line) as Record<string, string>);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conditional-'));
  const sums = Array.from({ length: 60 }, (_, i) => [i % 10, Math.floor(i / 10)] as const);
  const rows = sums.map(([a, b]) => JSON.stringify({ q: `${a}+${b}=`, text: `${a + b}.` }));
  await writeFile(inFolder('sums.jsonl'), rows.join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(['mdlm', 'udlm'])('prompts, under %s', (family) => {
  const sections = () => ({
    data: { corpus: inFolder('sums.jsonl'), promptField: 'q', normalise: 'none', heldOut: 0.4, length: 7 },
    evaluation: { samples: 12 },
    distillation: { guard: { samples: 8, every: 1 } },
  });
  const onSums = async (...argv: string[]) =>
    idlm(...argv, ...(await tinyWith(inFolder('sums.yaml'), sections())), '--preset', family);
  const at = (name: string) => inFolder(`${family}-${name}`);

  it('are trained with, shown, distilled with a guard, judged and reproduced', async () => {
    for (const argv of [
      ['train', '--out', at('teacher')],
      ['train', 'scorer', '--out', at('scorer')],
      ['distill', '--teacher', at('teacher'), '--out', at('student')],
    ])
      expect(await onSums(...argv)).toMatchObject({ code: 0, err: expect.not.stringContaining('error: ') });

    expect(await idlm('export', at('student'), at('student.onnx'))).toMatchObject({ code: 0 });
    const prompting = readOnnxMetadata(await readFile(at('student.onnx')))['prompting.json'];
    expect(JSON.parse(prompting!)).toEqual({ field: 'q', separator: null, isBegun: false });

    const shown = await jsonLines(`${family}-teacher`, 'samples', 'step-6.jsonl');
    expect(shown).toHaveLength(4);
    for (const { prompt, completion, text } of shown) {
      expect(prompt).toMatch(/^\d\+\d=$/);
      expect(text).toBe(`${prompt}${completion}`);
      // What a network of six updates writes may be a beginning, which is never shown.
      expect(completion!.length).toBeLessThanOrEqual(3);
    }
    const guarded = (await jsonLines(`${family}-student`, 'metrics.jsonl')).filter((line) => 'guard/worst' in line);
    // Three updates, a look after each.
    expect(guarded.map((line) => line['step'])).toEqual([1, 2, 3]);

    const models = ['--teacher', at('teacher'), '--student', at('student'), '--baseline', at('scorer')];
    expect(await onSums('eval', ...models, '--scorer', at('scorer'), '--out', at('eval'))).toMatchObject({ code: 0 });
    const { rows, bounds } = JSON.parse(await readFile(join(at('eval'), 'manifest.json'), 'utf8'));
    for (const { exactMatch, examples, perplexity, entropy } of rows) {
      expect(exactMatch).toBeGreaterThanOrEqual(0);
      expect(exactMatch).toBeLessThanOrEqual(1);
      // A completion has three tokens.
      expect(entropy).toBeLessThanOrEqual(Math.log(3) + 1e-9);
      for (const example of examples) expect(example).toMatch(/^\d\+\d=[\s\S]{0,3}$/);
      expect(Object.values(perplexity).every((value) => Number.isFinite(value))).toBe(true);
    }
    expect(Object.keys(bounds)).toEqual(['teacher', 'student', 'baseline']);
    expect(await readFile(join(at('eval'), 'report.html'), 'utf8')).toContain('<th>exact match</th>');
    const again = await idlm('reproduce', join(at('eval'), 'manifest.json'));
    expect(again.out).toContain(`all numbers of ${rows.length} rows`);
  });
});

it('prompts of a prepared text are given, shown, guarded and judged, and a model is asked as it was trained', async () => {
  const at = (name: string) => inFolder(`prepared-${name}`);
  const rows = [
    'data.promptField=q',
    'data.promptSeparator=" "',
    'data.normalise=none',
    'data.heldOut=0.4',
    'data.length=12',
  ];
  const from = [inFolder('sums.jsonl'), '--out', at('text')];
  expect(await idlm('prepare', ...from, ...set(...rows))).toMatchObject({ code: 0 });
  const run = async (...argv: string[]) => {
    const sections = { evaluation: { samples: 12 }, distillation: { guard: { samples: 8, every: 1 } } };
    const { code, err } = await idlm(...argv, ...(await tinyWith(at('run.yaml'), sections)));
    expect([code, err]).toEqual([0, expect.not.stringContaining('error: ')]);
  };
  await run('train', '--out', at('teacher'), ...set(`data.corpus=${at('text')}`));
  await run('distill', '--teacher', at('teacher'), '--out', at('student'));
  for (const { prompt } of await jsonLines('prepared-teacher', 'samples', 'step-6.jsonl'))
    expect(prompt).toMatch(/^\d\+\d= $/);
  const guarded = (await jsonLines('prepared-student', 'metrics.jsonl')).filter((line) => 'guard/worst' in line);
  expect(guarded.map((line) => line['step'])).toEqual([1, 2, 3]);
  await run('eval', '--teacher', at('teacher'), '--student', at('student'), '--out', at('eval'));
  const { rows: judged } = JSON.parse(await readFile(join(at('eval'), 'manifest.json'), 'utf8'));
  for (const { exactMatch, examples } of judged) {
    expect(exactMatch).toBeGreaterThanOrEqual(0);
    for (const example of examples) expect(example).toMatch(/^\d\+\d= [\s\S]{0,7}$/);
  }

  await writeFile(at('asked.jsonl'), '{"q": "1+2="}\n{"q": "3+4= "}\n');
  const asking = ['sample', '--model', at('student'), '--prompts', at('asked.jsonl'), '--json', '--steps', '2'];
  const { out, err } = await idlm(...asking, ...tiny.slice(0, 2));
  expect(linesOf(out).map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ prompt: '1+2=', text: expect.stringMatching(/^1\+2= /) as string }),
    expect.objectContaining({ prompt: '3+4= ', text: expect.stringMatching(/^3\+4= {2}/) as string }),
  ]);
  expect(err).toContain('"1+2=" is read as "1+2= ".');
});

describe('the beginning of a row', () => {
  const constant = (family: string) =>
    set(
      ...[`data.corpus=${inFolder('row.txt')}`, 'data.layout=rows', 'data.length=6', 'data.heldOut=0'],
      ...[`family=${family}`, 'teacher.updates=200', 'teacher.batch=16', 'teacher.optimizer.warmup=10'],
      ...['teacher.optimizer.learningRate=0.01', 'teacher.optimizer.ema=0.9', 'logs.samplesEvery=null'],
      ...['checkpoints.every=500', 'model.hidden=32', 'model.blocks=2'],
    );

  beforeAll(() => writeFile(inFolder('row.txt'), Array(40).fill('abcdef').join('\n')));

  it('is visible where all is masked: a constant row is learned', async () => {
    const run = inFolder('row');
    expect(await idlm('train', '--out', run, ...tiny, ...constant('mdlm'))).toMatchObject({ code: 0 });
    const { model_length: length, row_start: start } = JSON.parse(
      await readFile(join(run, 'checkpoints', 'step-200', 'config.json'), 'utf8'),
    );
    expect([length, start]).toEqual([7, 27]);
    const write = (...argv: string[]) =>
      idlm('sample', '--model', run, ...tiny.slice(0, 2), '--set', 'sampling.steps=32', ...argv);
    const texts = linesOf((await write('--count', '64')).out);
    // Without it, one in six would be right: those whose first letters are found by luck.
    expect(texts.filter((text) => text === 'abcdef').length).toBeGreaterThan(56);
    const [prompted] = linesOf((await write('--count', '1', '--prompt', 'abc', '--json')).out);
    expect(JSON.parse(prompted!)).toMatchObject({ prompt: 'abc', completion: 'def', text: 'abcdef' });
    const frames = linesOf((await write('--count', '1', '--frames')).out);
    expect(frames.at(-1)).toBe('abcdef');
  });

  it('is none in packed windows and under uniform noise, whose models are as they were', async () => {
    for (const [name, ...settings] of [
      ['packed', 'data.layout=packed'],
      ['uniform', 'family=udlm'],
    ] as const) {
      const run = inFolder(name);
      const given = [...constant('mdlm'), ...set('teacher.updates=1', ...settings)];
      const looking = await tinyWith(inFolder('looking.yaml'), { teacher: { validation: { patience: 1 } } });
      const { code, err } = await idlm('train', '--out', run, ...looking, ...given);
      expect([code, err]).toEqual([0, expect.stringContaining('so teacher.validation changes nothing')]);
      const asked = await idlm('train', '--out', run, ...tiny, ...given, ...set('teacher.validation.patience=1'));
      expect([asked.code, asked.err]).toEqual([
        2,
        expect.stringContaining('--set teacher.validation.patience: it would change nothing here: nothing is held out'),
      ]);
      const { teacher } = JSON.parse(await readFile(join(run, 'config.resolved.json'), 'utf8'));
      expect(teacher.validation).toBeNull();
      const config = JSON.parse(await readFile(join(run, 'checkpoints', 'step-1', 'config.json'), 'utf8'));
      expect([config.model_length, config.row_start]).toEqual([6, undefined]);
    }
  });
});

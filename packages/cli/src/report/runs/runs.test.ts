import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SweepCell, summariseArms } from '@idlm/evaluation';
import { parse } from 'csv-parse/sync';
import { idlm } from '../../../test/command-line';
import type { ComparisonReport } from '../compare';
import type { ReportData } from '../data';

const interval = (value: number) => [value * 0.9, value * 1.1] as const;
const row = (model: string, steps: number, perplexity: number, samples = 64): SweepCell => ({
  ...{
    model,
    steps,
    temperature: 1,
    samples,
    networkCalls: steps,
    evaluationsPerSample: steps * 0.9,
    seconds: steps / 4,
  },
  perplexity: { 'n-gram': perplexity },
  likelihood: {
    'n-gram': {
      ...{ nll: 1, bitsPerToken: 1, perplexity, bitsPerByte: 1.25, tokens: 640, bytes: 2560, error: 0.05 },
      intervals: { nll: [0, 2], bitsPerToken: [0, 2], perplexity: interval(perplexity), bitsPerByte: [1.2, 1.3] },
    },
  },
  ...{ entropy: 2.5, entropyError: 0.01, distinct: [0.1, 0.4, 0.8], wordRate: 0.4 },
  ...{ drift: { marginals: 0.03, pairs: 0.1, lengths: 0, entropy: 0 }, examples: [] },
  driftFloor: { marginals: 0.01, pairs: 0.04, lengths: 0, entropy: 0.002 },
});

const evaluation = (perplexity: number, temperature: number): ReportData => ({
  ...{ title: 'Teacher and student', subtitle: 'wasm', tolerance: 0.03, driftFactor: 2 },
  rows: [
    row('teacher', 64, 40),
    { ...row('student', 4, perplexity), entropyLoss: { nats: 0.25, error: 0.01, reference: 'ancestral' } },
  ],
  losses: { 'student/loss': Array.from({ length: 20 }, (_, i) => [i + 1, 2 - i / 20] as const) },
  films: [{ title: 'Student, 4 steps', frames: [], order: { steps: 4, written: [[1, 2, 3, 4]] } }],
  notes: ['Mind the gap | here.'],
  manifest: {
    config: { sampling: { temperature, sampler: { name: 'auto' } }, evaluation: { samples: 64 } },
    sampler: { name: temperature === 1 ? 'ancestral' : 'remdm' },
    ...{ seed: 1, engine: { name: 'wasm', version: '4' }, versions: { idlm: '0.1.0' } },
    models: {
      student: {
        ...{ folder: 's', weights: (temperature === 1 ? 'a' : 'b').repeat(64) },
        sampler: { name: temperature === 1 ? 'ancestral' : 'remdm' },
      },
    },
  },
});

const comparison: ComparisonReport = {
  subtitle: 'mdlm on words',
  summaries: summariseArms([
    { arm: 'teacher', rows: [row('teacher', 64, 40)] },
    { arm: 'idlm', rows: [row('idlm', 4, 50)] },
    { arm: 'idlm', rows: [row('idlm', 4, 54)] },
  ]),
  ...{ teacher: 'teacher', compareAt: 64, tolerance: 0.03, work: [] },
  manifest: { idlm: '0.1.0', config: { sampling: { temperature: 1 } } },
};

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const run = (...argv: string[]) => idlm('report', ...argv);
async function write(name: string, file: string, record: unknown) {
  await mkdir(inFolder(name), { recursive: true });
  await writeFile(inFolder(name, file), JSON.stringify(record));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  await write('one', 'report.json', evaluation(35, 1));
  await write('two', 'report.json', evaluation(30, 0.8));
  await write('arms', 'report.json', comparison);
  await write('old', 'sweep.json', { rows: evaluation(33, 1).rows });
});
afterAll(() => rm(folder, { recursive: true }));

describe('runs beside each other', () => {
  it('are a table in Markdown, with the settings that differ', async () => {
    const { code, out } = await run(inFolder('one'), inFolder('two'), '--format', 'md');
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines.slice(0, 6)).toEqual([
      '| run | model   | steps |  NFE |     s | n-gram ppl | entropy |  lost | drift |',
      '| :-- | :------ | ----: | ---: | ----: | ---------: | ------: | ----: | ----: |',
      '| one | teacher |    64 | 57.6 | 0.250 |  40.0 ±4.0 |   2.500 |     – | 0.100 |',
      '| one | student |     4 | 3.60 | 0.016 |  35.0 ±3.5 |   2.500 | 0.250 | 0.100 |',
      '| two | teacher |    64 | 57.6 | 0.250 |  40.0 ±4.0 |   2.500 |     – | 0.100 |',
      '| two | student |     4 | 3.60 | 0.016 |  30.0 ±3.0 |   2.500 | 0.250 | 0.100 |',
    ]);
    expect(out).toContain('| sampling.temperature   | 1             | 0.8           |');
    expect(out.match(/^\| .*sampler.*$/gm)).toEqual(['| sampling.sampler.name  | ancestral     | remdm         |']);
    expect(out).toContain(`| models.student.weights | ${'a'.repeat(12)}… | ${'b'.repeat(12)}… |`);
    expect(out).not.toContain('evaluation.samples');
    expect(out).toContain('| one | Student, 4 steps |      100 % |');
    expect(out).toContain('**one**: Mind the gap | here.');
  });

  it('are rows of a spreadsheet with the ends of intervals', async () => {
    const { out } = await run(inFolder('one'), inFolder('arms'), '--format', 'csv');
    const rows = parse(out, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(4);
    expect(rows[1]).toMatchObject({
      ...{ run: 'one', model: 'student', steps: '4', evaluations: '3.6', 'perplexity.n-gram': '35' },
      ...{ 'perplexity.n-gram.low': '31.5', 'bitsPerByte.n-gram.high': '1.3', 'entropyLost.error': '0.01' },
    });
    expect(rows[3]).toMatchObject({
      run: 'arms',
      model: 'idlm',
      'perplexity.n-gram': '52',
      'perplexity.n-gram.low': '',
    });
    expect(Number(rows[3]!['perplexity.n-gram.deviation'])).toBeCloseTo(Math.sqrt(8), 12);
    expect(Number(rows[3]!['secondsPerSample'])).toBeCloseTo(1 / 64, 12);
  });

  it('are values for a program, the same with --json', async () => {
    const { out } = await run(inFolder('one'), inFolder('two'), '--format', 'json');
    const found = JSON.parse(out) as {
      runs: object[];
      rows: object[];
      differing: object[];
      losses: { last: number }[];
    };
    expect(found).toMatchObject({
      runs: [{ name: 'one', kind: 'evaluation', settings: { seed: 1 } }, { name: 'two' }],
      order: [{ run: 'one', leftFirst: 1 }, { run: 'two' }],
      losses: [{ run: 'one', loss: 'student', updates: 20, lowest: 1.05, lowestAt: 20 }, { run: 'two' }],
    });
    expect(found.losses[0]!.last).toBeCloseTo(1.075, 12);
    expect(found.rows[1]).toMatchObject({
      run: 'one',
      perplexity: { 'n-gram': { value: 35, interval: [31.5, 38.5] } },
    });
    expect(found.differing).toContainEqual({ setting: 'sampling.temperature', values: { one: 1, two: 0.8 } });
    const json = await run(inFolder('one'), inFolder('two'), '--format', 'md', '--json');
    expect(JSON.parse(json.out)).toEqual(found);
  });

  it('are a page that refers to nothing outside itself, with plots, orders and losses of all', async () => {
    const page = inFolder('pages', 'both.html');
    const { code, out, err } = await run(inFolder('one'), inFolder('two'), inFolder('arms'), '--out', page);
    expect([code, out]).toEqual([0, `${page}\n`]);
    expect(err).toMatch(/^two\n {2}teacher +64 /m);
    const html = await readFile(page, 'utf8');
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<link|@import|src=/);
    for (const words of [
      ...['Settings that differ', 'against network evaluations', 'against wall clock', 'Quality against entropy'],
      ...[
        'Order of writing',
        'two: Student, 4 steps',
        'student loss',
        'one: student at 4 steps: 3.6, 35',
        'arms: idlm',
      ],
    ])
      expect(html).toContain(words);
    expect(html).not.toMatch(/NaN|undefined/);
  });
});

describe('one run', () => {
  it('is a table too, without a column of its name', async () => {
    const { out } = await run(inFolder('old'), '--format', 'md');
    expect(out).toMatch(/^\| model +\| steps \| +NFE \|/);
    expect(out).toContain('| student |     4 | 3.60 |');
  });

  it('is written to a file, whose name may tell the format', async () => {
    expect(await run(inFolder('one'), '--out', inFolder('one.csv'))).toMatchObject({
      code: 0,
      out: `${inFolder('one.csv')}\n`,
    });
    expect(parse(await readFile(inFolder('one.csv'), 'utf8'), { columns: true })).toHaveLength(2);
  });

  it('is a page in its own folder unless another is named', async () => {
    expect(await run(inFolder('one'))).toMatchObject({ code: 0, out: `${inFolder('one', 'report.html')}\n` });
    expect(await readFile(inFolder('one', 'report.html'), 'utf8')).toContain('<h1>Teacher and student</h1>');
  });
});

it.each(['html', 'md', 'json', 'csv'])('one damaged run among several leaves nothing written as %s', async (format) => {
  await write('broken', 'report.json', { ...evaluation(30, 1), rows: [{}] });
  const out = inFolder(`new-${format}`, `both.${format}`);
  const ended = await run(inFolder('one'), inFolder('broken'), inFolder('two'), '--format', format, '--out', out);
  expect([ended.code, ended.out]).toEqual([2, '']);
  expect(ended.err).toMatch(/^error: [^\n]*broken[^\n]*report\.json[^\n]*\n$/);
  expect(existsSync(inFolder(`new-${format}`))).toBe(false);
});

it('a table that was there stays as it was where a run is damaged', async () => {
  await write('broken', 'report.json', { films: 1 });
  await writeFile(inFolder('kept.md'), 'before\n');
  expect((await run(inFolder('one'), inFolder('broken'), '--out', inFolder('kept.md'))).code).toBe(2);
  expect(await readFile(inFolder('kept.md'), 'utf8')).toBe('before\n');
});

describe('in one sentence are refused', () => {
  it.each([
    [['one', 'one'], 'is named twice; name each run once.'],
    [['one', 'nothing'], 'nothing does not exist; name what "idlm eval"'],
    [['.'], 'holds no results that a report shows; name what'],
    [['damaged'], 'report.json is damaged'],
    [['one', '--format', 'md', '--out', 'a.csv'], '--out takes a file that ends in .md; a.csv was given.'],
    [['one', 'two', '--svg', 'a.svg'], '--svg writes the plot of one evaluation or quickstart'],
    [['one', '--svg', 'a.svg', '--format', 'md'], '--svg goes with --format html'],
    [['one', '--format', 'pdf'], 'Allowed choices are html, md, json, csv.'],
  ])('%j', async (argv, sentence) => {
    await mkdir(inFolder('damaged'), { recursive: true });
    await writeFile(inFolder('damaged', 'report.json'), '{"rows":[');
    const paths = argv.map((word) => (/^(one|two|nothing|damaged|\.)$/.test(word) ? inFolder(word) : word));
    const { code, out, err } = await run(...paths);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(sentence)]);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

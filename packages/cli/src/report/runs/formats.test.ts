import { parse } from 'csv-parse/sync';
import { lineOf, reportedRunOf } from '../../../test/reported-run';
import type { Line } from '../lines';
import { asCsv, asJson, asMarkdown, terminalTable } from './formats';
import { COLUMNS_NOTE, tableOf } from './runs-table';

/** Two runs, of which the second knows less. */
const runs = [
  reportedRunOf('a', {
    settings: { seed: 1, sampling: { sampler: 'x|y' } },
    lines: [
      lineOf('student', 4, {
        perplexity: { judge: { value: 20, interval: [18, 23] }, other: { value: NaN } },
        mauve: { judge: 0.9 },
        drift: { marginals: 0.01, pairs: 0.1, lengths: -0.02, entropy: 0 },
      }),
    ],
  }),
  reportedRunOf('b', { settings: { seed: 2 }, lines: [lineOf('student', 8)] }),
];
const cellsOf = (line: string) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
const recordsOf = (csv: string) => parse(csv, { columns: true }) as Record<string, string>[];

describe('Markdown', () => {
  it('has a dash for each number that is missing or none', () => {
    const [head, , first, second] = asMarkdown(tableOf(runs)).split('\n').map(cellsOf);
    expect(head).toEqual(['run', 'model', 'steps', 'NFE', 'MAUVE', 'judge ppl', 'other ppl', 'entropy', 'drift']);
    expect(first).toEqual(['a', 'student', '4', '4.00', '0.900', '20.0 ±2.5', '–', '2.500', '0.100']);
    expect(second).toEqual(['b', 'student', '8', '8.00', '–', '20.0', '–', '2.500', '–']);
  });

  it('says what columns mean once below a table of numbers, and nothing of them without', () => {
    expect(asMarkdown(tableOf(runs)).split(COLUMNS_NOTE)).toHaveLength(2);
    const trained = asMarkdown(tableOf([reportedRunOf('a', { losses: { 'teacher/loss': [[1, 2]] } })]));
    expect(trained).not.toContain(COLUMNS_NOTE);
    expect(trained.split('\n').map(cellsOf)[4]).toEqual(['a', 'teacher', '1', '2.00', '2.00', '1']);
  });

  it.each([
    ['a|b', 'a\\|b'],
    ['a\\|b', 'a\\\\\\|b'],
    ['<img>', '\\<img>'],
    ['*a*', '\\*a\\*'],
    ['`a`', '\\`a\\`'],
    ['a\nb', 'a b'],
    ['my_run_1', 'my_run_1'],
  ])('keeps the name %j in one cell and as it is', (name, cell) => {
    const table = tableOf([reportedRunOf(name, { ...runs[0], name }), runs[1]!]);
    const lines = asMarkdown(table).split('\n');
    expect(lines[2]!.startsWith(`| ${cell} `)).toBe(true);
    // A cell more would need a bar more that is not escaped.
    const bars = (line: string) => line.replaceAll(/\\./g, '').split('|').length;
    expect(bars(lines[2]!)).toBe(bars(lines[0]!));
  });

  it('tells settings that differ, with a dash where a run has none, and nothing where none do', () => {
    const text = asMarkdown(tableOf([runs[0]!, reportedRunOf('b', { settings: { seed: 2, sampling: {} } })]));
    const rows = text.slice(text.indexOf('Settings that differ:')).split('\n').slice(2).map(cellsOf);
    expect(rows.slice(2)).toEqual([
      ['seed', '1', '2'],
      ['sampling.sampler', 'x\\|y', '–'],
    ]);
    const [same] = runs;
    expect(asMarkdown(tableOf([same!, { ...same!, name: 'b' }]))).not.toContain('Settings that differ');
    expect(asMarkdown(tableOf([same!]))).not.toContain('Settings that differ');
  });

  it('tells the order of writing, with a dash where all was written at once, and whose a note is', () => {
    const film = (title: string, ...row: number[]) => ({ title, frames: [], order: { steps: 3, written: [row] } });
    const films = [film('both', 1, 2, 3), film('once', 1, 1), { title: 'older', frames: [] }];
    const run = reportedRunOf('a', { films, notes: ['Mind it.'] });
    const text = asMarkdown(tableOf([run]));
    expect(text.split('\n').slice(4, 6).map(cellsOf)).toEqual([
      ['a', 'both', '100 %'],
      ['a', 'once', '–'],
    ]);
    expect(text).not.toContain('older');
    expect(text.endsWith('\n\nMind it.')).toBe(true);
    expect(asMarkdown(tableOf([run, reportedRunOf('b')])).endsWith('\n\n**a**: Mind it.')).toBe(true);
  });
});

describe('CSV', () => {
  it('has all columns that any line fills, and empty fields for the others', () => {
    const [first, second] = recordsOf(asCsv(tableOf(runs)));
    expect(first).toMatchObject({
      ...{ run: 'a', 'perplexity.judge': '20', 'perplexity.judge.low': '18', 'perplexity.judge.high': '23' },
      ...{ 'perplexity.other': 'NaN', 'mauve.judge': '0.9', 'drift.lengths': '-0.02', 'drift.pairs': '0.1' },
    });
    expect(second).toMatchObject({ run: 'b', steps: '8', 'perplexity.judge.low': '', 'mauve.judge': '' });
    expect(Object.keys(second!)).toEqual(Object.keys(first!));
    // Also where the first line fills fewer than the others.
    const [less] = recordsOf(asCsv(tableOf(runs.toReversed())));
    expect(Object.keys(less!).toSorted()).toEqual(Object.keys(first!).toSorted());
  });

  it.each(['a,b', 'say "a"', 'a\nb', 'a|b', ' a '])('keeps the name %j as it is', (name) => {
    const records = recordsOf(asCsv(tableOf([{ ...runs[0]!, name }, runs[1]!])));
    expect(records.map(({ run }) => run)).toEqual([name, 'b']);
  });

  it('has numbers whole, and the parts of what is several', () => {
    const line = lineOf('m', 4, { evaluations: { value: 1 / 3, deviation: 0.125 }, distinct: [0.1, 0.2, 0.3] });
    const [record] = recordsOf(asCsv(tableOf([reportedRunOf('a', { lines: [line] })])));
    expect(Number(record!['evaluations'])).toBe(1 / 3);
    expect(record).toMatchObject({ 'evaluations.deviation': '0.125', 'distinct.1': '0.1', 'distinct.3': '0.3' });
  });

  it('has the losses of runs that only trained', () => {
    const table = tableOf([reportedRunOf('a', { losses: { 'teacher/loss': [[5, 2]] } })]);
    expect(recordsOf(asCsv(table))).toEqual([
      { run: 'a', loss: 'teacher', updates: '5', lowest: '2', lowestAt: '5', last: '2' },
    ]);
  });
});

it('JSON has null for what a run does not set, and no member for what is not known', () => {
  const found = JSON.parse(JSON.stringify(asJson(tableOf(runs)))) as {
    readonly runs: readonly object[];
    readonly rows: readonly Pick<Line, 'perplexity'>[];
    readonly differing: readonly object[];
  };
  expect(found.differing).toContainEqual({ setting: 'seed', values: { a: 1, b: 2 } });
  const some = tableOf([reportedRunOf('a', { settings: { x: 1 } }), reportedRunOf('b', { settings: {} })]);
  expect(asJson(some).differing).toEqual([{ setting: 'x', values: { a: 1, b: null } }]);
  expect(Object.keys(found.runs[0]!)).toEqual(['name', 'path', 'kind', 'about', 'notes', 'settings']);
  expect(found.rows[0]!.perplexity['other']).toEqual({ value: null });
  expect('mauve' in found.rows[1]!).toBe(false);
});

describe('a terminal', () => {
  it('has the models of a run below its name, which stands once, within 80 columns', () => {
    const two = { ...runs[0]!, lines: [lineOf('teacher', 64), lineOf('student', 4)], settings: {} };
    const lines = terminalTable(tableOf([two, { ...runs[1]!, settings: {} }])).split('\n');
    expect(lines.slice(1, -1).map((line) => line.slice(0, 9).trimEnd())).toEqual([
      ...['a', '  teacher', '  student', 'b', '  student'],
    ]);
    expect(lines.slice(0, -1).every((line) => line.length <= 80)).toBe(true);
    expect(lines.at(-1)).toBe(COLUMNS_NOTE);
  });

  it('has losses where there is nothing else, and the settings that differ', () => {
    const trained = (name: string, seed: number) =>
      reportedRunOf(name, { losses: { 'teacher/loss': [[1, seed]] }, settings: { seed } });
    expect(terminalTable(tableOf([trained('a', 1), trained('b', 2)])).split('\n')).toEqual([
      'run     loss  updates  last tenth  lowest  at update',
      'a    teacher        1        1.00    1.00          1',
      'b    teacher        1        2.00    2.00          1',
      'Settings that differ:',
      'setting  a  b',
      'seed     1  2',
    ]);
    const both = { ...trained('a', 1), lines: [lineOf('m', 4)] };
    expect(terminalTable(tableOf([both]))).not.toContain('last tenth');
  });
});

import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';
import { type Cell, type Column, type ColumnName, briefText, columnsOf } from '../columns';
import { alignedTable } from '../../terminal';
import type { Line } from '../lines';
import { lossRows } from './losses-table';
import { COLUMNS_NOTE, type RunsTable } from './runs-table';
import { settingText } from './settings';

/** Text of a cell as it is: what Markdown would take for a new cell, a tag or emphasis is escaped. */
const markdownText = (text: string): string => text.replaceAll(/[\\|<*`]/g, '\\$&').replaceAll(/\s/g, ' ');

/** A table in Markdown, its numbers to the right. */
function markdown(rows: readonly (readonly string[])[], texts: number): string {
  const cells = rows.map((row) => row.map(markdownText));
  return markdownTable(cells, { align: rows[0]!.map((_, column) => (column < texts ? 'l' : 'r')) });
}

/** The most important numbers as rows of text. */
const briefRows = ({ columns, lines }: Pick<RunsTable, 'columns' | 'lines'>): string[][] => [
  columns.map(({ brief, head }) => brief || head),
  ...lines.map((line) => columns.map((column) => briefText(column, line))),
];

/** The same for a terminal: below the name of each run its models, so that 80 columns hold them, and the settings that differ. */
export function terminalTable(table: RunsTable): string {
  const columns = table.columns.filter(({ key }) => key !== 'run');
  const [head, ...rows] = briefRows({ columns, lines: table.lines });
  const lines = rows.flatMap(([model = '', ...numbers], i) => {
    const { run = '' } = table.lines[i]!;
    const first = i === 0 || table.lines[i - 1]!.run !== run;
    return [...(first ? [[run, ...numbers.map(() => '')]] : []), [`  ${model}`, ...numbers]];
  });
  const parts = [
    ...(rows.length ? [alignedTable([head!, ...lines]), COLUMNS_NOTE] : []),
    ...(table.losses.length && !rows.length ? [alignedTable(lossRows(table.losses))] : []),
    ...(table.differing.length ? [`Settings that differ:\n${alignedTable(settingRows(table))}`] : []),
  ];
  return parts.join('\n');
}

/** The settings in which runs differ as rows of text. */
export const settingRows = ({ runs, differing }: RunsTable): string[][] => [
  ['setting', ...runs.map(({ name }) => name)],
  ...differing.map(({ setting, values }) => [setting, ...values.map(settingText)]),
];

/** For notebooks and papers: tables in Markdown, with what they mean. */
export function asMarkdown(table: RunsTable): string {
  const { runs, lines, differing, losses, order } = table;
  const several = runs.length > 1;
  const parts = [
    ...(lines.length ? [markdown(briefRows(table), several ? 2 : 1), COLUMNS_NOTE] : []),
    ...(differing.length ? ['Settings that differ:', markdown(settingRows(table), 1 + runs.length)] : []),
    ...(losses.length ? ['Losses:', markdown(lossRows(losses), 2)] : []),
    ...(order.length
      ? [
          'Order of writing:',
          markdown(
            [
              ['run', 'sample', 'left first'],
              ...order.map(({ run, film, leftFirst }) => [
                ...[run, film, leftFirst === undefined ? '–' : `${(100 * leftFirst).toFixed(0)} %`],
              ]),
            ],
            2,
          ),
        ]
      : []),
    ...runs.flatMap(({ name, notes }) => notes.map((note) => `${several ? `**${markdownText(name)}**: ` : ''}${note}`)),
  ];
  return parts.join('\n\n');
}

/** The numbers of a cell by the ends of their names. */
function numbersOf(cell: Cell): Record<string, string | number> {
  if (cell === undefined) return {};
  if (typeof cell !== 'object') return { '': cell };
  if (!('value' in cell)) return Object.fromEntries(cell.map((value, i) => [`.${i + 1}`, value]));
  const { value, interval, error, deviation } = cell;
  return Object.fromEntries(
    Object.entries({
      '': value,
      '.low': interval?.[0],
      '.high': interval?.[1],
      '.error': error,
      '.deviation': deviation,
    }).flatMap(([end, number]) => (number === undefined ? [] : [[end, number] as const])),
  );
}

/** All numbers of a line by name. */
const recordOf = (columns: readonly Column[], line: Line): Record<string, string | number> =>
  Object.fromEntries(
    columns.flatMap(({ key, cell }) =>
      Object.entries(numbersOf(cell(line))).map(([end, value]) => [`${key}${end}`, value]),
    ),
  );

/** Records with a column for every name that any has. */
function csv(records: readonly object[]): string {
  return stringify([...records], {
    header: true,
    columns: [...new Set(records.flatMap((one) => Object.keys(one)))],
  }).trimEnd();
}

/** All that is known of a line. */
const EVERYTHING: readonly ColumnName[] = [
  ...(['run', 'model', 'steps', 'temperature', 'calls', 'evaluations', 'seconds', 'secondsPerSample'] as const),
  ...(['exactMatch', 'mauve', 'likelihood', 'entropy', 'entropyLost', 'distinct', 'wordRate'] as const),
  ...(['marginals', 'pairs', 'lengths'] as const),
];

/** For programs that read tables: a line for each model at its steps, with all numbers, or, of runs that only trained, for each loss. */
export function asCsv({ lines, losses }: RunsTable): string {
  const columns = columnsOf(EVERYTHING, lines);
  return csv(lines.length ? lines.map((line) => recordOf(columns, line)) : losses);
}

/** For programs: all that the tables hold. */
export const asJson = ({ runs, lines, differing, losses, order }: RunsTable): Readonly<Record<string, unknown>> => ({
  runs: runs.map(({ name, path, kind, about, settings, notes }) => ({ name, path, kind, about, notes, settings })),
  rows: lines,
  differing: differing.map(({ setting, values }) => ({
    setting,
    values: Object.fromEntries(runs.map(({ name }, i) => [name, values[i] ?? null])),
  })),
  losses,
  order,
});

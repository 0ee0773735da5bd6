import { figure, halfWidth, signedPercent } from '../sentences/figures';
import type { Estimate, Line } from './lines';

/** What stands in a cell: a name, a count, an estimate, or several numbers. */
export type Cell = string | number | Estimate | readonly number[] | undefined;

/** A column of a table. */
export interface Column {
  /** As programs know it, such as `perplexity.n-gram`. */
  readonly key: string;
  readonly head: string;
  /** The head where room is scarce (default: the same). */
  readonly brief?: string;
  cell(line: Line): Cell;
  /** A number as text (default: three digits or so). */
  readonly format?: (value: number) => string;
}

/** The judges of some lines, in the order of the first. */
export const judgesOf = (lines: readonly Line[]): string[] => [
  ...new Set(lines.flatMap(({ perplexity }) => Object.keys(perplexity))),
];

const thousandths = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : '–');

/** What judges are called where room is scarce. */
const SHORT: Readonly<Record<string, string>> = { autoregressive: 'ar' };

/** What a column is of, and a column for each judge, in turn. */
const perJudge = (lines: readonly Line[], columns: (judge: string) => readonly Column[]): Column[] =>
  judgesOf(lines).flatMap(columns);

const perplexityOf = (judge: string): Column => ({
  key: `perplexity.${judge}`,
  head: `${judge} ppl`,
  brief: `${SHORT[judge] ?? judge} ppl`,
  cell: ({ perplexity }) => perplexity[judge],
});

const bitsOf = (judge: string): Column => ({
  key: `bitsPerByte.${judge}`,
  head: `${judge} bits / byte`,
  cell: ({ bitsPerByte }) => bitsPerByte?.[judge],
  format: thousandths,
});

const only = (isThere: boolean, column: Column): Column[] => (isThere ? [column] : []);

const temperature: Column = { key: 'temperature', head: 'τ', cell: (line) => line.temperature };

/** The columns that tables are made of, each present only where some line fills it. */
const COLUMNS = {
  run: () => [{ key: 'run', head: 'run', cell: ({ run }) => run }],
  model: () => [{ key: 'model', head: 'model', brief: '', cell: ({ model }) => model }],
  steps: () => [{ key: 'steps', head: 'steps', cell: ({ steps }) => steps }],
  temperature: () => [temperature],
  severalTemperatures: (lines) => only(new Set(lines.flatMap((line) => line.temperature ?? [])).size > 1, temperature),
  calls: () => [{ key: 'calls', head: 'calls', cell: ({ calls }) => calls }],
  evaluations: () => [
    { key: 'evaluations', head: 'evaluations / sample', brief: 'NFE', cell: ({ evaluations }) => evaluations },
  ],
  seconds: () => [
    {
      key: 'seconds',
      head: 'seconds',
      brief: 's',
      cell: ({ seconds }) => (seconds === undefined ? undefined : { value: seconds }),
    },
  ],
  secondsPerSample: (lines) =>
    only(
      lines.some(({ secondsPerSample }) => secondsPerSample),
      {
        key: 'secondsPerSample',
        head: 'seconds / sample',
        brief: 's',
        cell: ({ secondsPerSample }) => secondsPerSample,
      },
    ),
  exactMatch: (lines) =>
    only(
      lines.some(({ exactMatch }) => exactMatch),
      { key: 'exactMatch', head: 'exact match', brief: 'exact', cell: ({ exactMatch }) => exactMatch },
    ),
  mauve: (lines) =>
    [...new Set(lines.flatMap(({ mauve }) => Object.keys(mauve ?? {})))].map((judge) => ({
      ...{ key: `mauve.${judge}`, head: `MAUVE (${judge})`, brief: 'MAUVE' },
      cell: ({ mauve }) => (mauve?.[judge] === undefined ? undefined : { value: mauve[judge] }),
    })),
  perplexity: (lines) => perJudge(lines, (judge) => [perplexityOf(judge)]),
  likelihood: (lines) =>
    perJudge(lines, (judge) => [
      perplexityOf(judge),
      ...only(
        lines.some(({ bitsPerByte }) => bitsPerByte),
        bitsOf(judge),
      ),
    ]),
  entropy: () => [{ key: 'entropy', head: 'entropy', cell: ({ entropy }) => entropy, format: thousandths }],
  entropyLost: (lines) =>
    only(
      lines.some(({ entropyLost }) => entropyLost),
      {
        ...{ key: 'entropyLost', head: 'entropy lost', brief: 'lost', format: thousandths },
        cell: ({ entropyLost }) => entropyLost,
      },
    ),
  distinct: () => [{ key: 'distinct', head: 'distinct-1/2/3', cell: ({ distinct }) => distinct }],
  wordRate: () => [
    {
      key: 'wordRate',
      head: 'word rate',
      cell: ({ wordRate }) => (wordRate === undefined ? undefined : { value: wordRate }),
    },
  ],
  marginals: () => [
    { key: 'drift.marginals', head: 'drift: tokens', cell: ({ drift }) => drift && { value: drift.marginals } },
  ],
  pairs: () => [
    { key: 'drift.pairs', head: 'pairs', brief: 'drift', cell: ({ drift }) => drift && { value: drift.pairs } },
  ],
  lengths: (lines) =>
    only(
      lines.some(({ drift, steps }) => steps !== undefined && drift && drift.lengths !== 0),
      {
        ...{ key: 'drift.lengths', head: 'lengths', format: signedPercent },
        cell: ({ drift }) => drift && { value: drift.lengths },
      },
    ),
} satisfies Readonly<Record<string, (lines: readonly Line[]) => readonly Column[]>>;

/** The name of a column, or of one for each judge. */
export type ColumnName = keyof typeof COLUMNS;

/** The columns of some names for some lines. */
export function columnsOf(names: readonly ColumnName[], lines: readonly Line[]): Column[] {
  const columns: Readonly<Record<ColumnName, (of: readonly Line[]) => readonly Column[]>> = COLUMNS;
  return names.flatMap((name) => columns[name](lines));
}

const isEstimate = (cell: Cell): cell is Estimate => typeof cell === 'object' && 'value' in cell;

/** A cell as text, with the ends of its interval or with its error. */
export function cellText({ cell, format = figure }: Column, line: Line): string {
  const found = cell(line);
  if (found === undefined) return '';
  if (!isEstimate(found)) return typeof found === 'object' ? found.map(figure).join(' / ') : String(found);
  const { value, interval, error, deviation } = found;
  const spread = error ?? deviation;
  if (interval) return `${format(value)} (${interval.map(format).join(' – ')})`;
  return spread === undefined ? format(value) : `${format(value)} ± ${format(spread)}`;
}

/** The same where room is scarce: half of an interval behind it, no errors, and a dash where there is nothing. */
export function briefText({ cell, format = figure }: Column, line: Line): string {
  const found = cell(line);
  if (found === undefined || typeof found !== 'object') return String(found ?? '–');
  if (!isEstimate(found)) return found.map(figure).join(' / ');
  const { value, interval, deviation } = found;
  if (interval) return `${format(value)}${halfWidth(interval)}`;
  return deviation ? `${format(value)} ±${deviation.toPrecision(2)}` : format(value);
}

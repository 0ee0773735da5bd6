import type { Drift, MeasuredText, SweepRow } from '@idlm/evaluation';
import { textName } from '@idlm/recipe/evaluation';
import { type ReportData } from './data';
import { figure, htmlTable, signedPercent } from './html';

/** What a table shows of rows and of real text alike. */
interface Line extends Omit<MeasuredText, 'examples'> {
  readonly model: string;
  readonly steps?: number;
  readonly temperature?: number;
  readonly networkCalls?: number;
  readonly evaluationsPerSample?: number;
  readonly exactMatch?: number;
  /** Of real text: what chance shows. */
  readonly drift?: Drift;
}

/** The rows, and real text below them. */
function linesOf({ rows, manifest }: Pick<ReportData, 'rows' | 'manifest'>): Line[] {
  const { realText } = manifest;
  return [...rows, ...(realText ? [{ ...realText, model: textName(manifest), drift: rows[0]?.driftFloor }] : [])];
}

const scorersOf = (rows: readonly SweepRow[]): string[] => Object.keys(rows[0]?.perplexity ?? {});

const optional = (value: number | undefined): string => (value === undefined ? '' : figure(value));

/** All cells of the sweep as numbers, and real text judged likewise. */
export function table(data: ReportData): string {
  const { rows } = data;
  const judges = scorersOf(rows);
  const isPrompted = rows.some(({ exactMatch }) => exactMatch !== undefined);
  const isPadded = rows.some(({ drift }) => drift.lengths !== 0);
  const head = [
    ...['model', 'steps', 'τ', 'calls', 'evaluations / sample'],
    ...(isPrompted ? ['exact match'] : []),
    ...judges.map((name) => `${name} ppl`),
    ...['entropy', 'distinct-1/2/3', 'word rate', 'drift: tokens', 'pairs'],
    ...(isPadded ? ['lengths'] : []),
  ];
  const cells = (line: Line): string[] => [
    line.model,
    String(line.steps ?? ''),
    String(line.temperature ?? ''),
    String(line.networkCalls ?? ''),
    optional(line.evaluationsPerSample),
    ...(isPrompted ? [optional(line.exactMatch)] : []),
    ...judges.map((name) => figure(line.perplexity[name]!)),
    `${line.entropy.toFixed(3)} ± ${line.entropyError.toFixed(3)}`,
    line.distinct.map(figure).join(' / '),
    figure(line.wordRate),
    optional(line.drift?.marginals),
    optional(line.drift?.pairs),
    ...(isPadded ? [line.drift ? signedPercent(line.drift.lengths) : ''] : []),
  ];
  const note = data.manifest.realText
    ? `<p class="soft">The last row is ${textName(data.manifest)}, ${data.manifest.realText.samples} rows of it judged as samples are; its drift is what chance shows.</p>`
    : '';
  return `<section><h2>All numbers</h2>${note}${htmlTable(head, linesOf(data).map(cells), (row) => row >= rows.length)}</section>`;
}

/** What judges are called where room is scarce. */
const SHORT: Readonly<Record<string, string>> = { autoregressive: 'ar' };

/** The sweep as rows of text, the most important columns alone, so that a terminal of 80 columns holds them. */
export function terminalRows(data: Pick<ReportData, 'rows' | 'manifest'>): string[][] {
  const { rows } = data;
  const judges = scorersOf(rows);
  const isPrompted = rows.some(({ exactMatch }) => exactMatch !== undefined);
  const isSeveral = new Set(rows.map(({ temperature }) => temperature)).size > 1;
  const head = [
    ...['', 'steps', ...(isSeveral ? ['τ'] : []), ...(isPrompted ? ['exact'] : [])],
    ...judges.map((name) => `${SHORT[name] ?? name} ppl`),
    ...['entropy', 'dist-2', 'words', 'pair drift'],
  ];
  const cells = (line: Line): string[] => [
    line.model,
    String(line.steps ?? '–'),
    ...(isSeveral ? [String(line.temperature ?? '–')] : []),
    ...(isPrompted ? [optional(line.exactMatch) || '–'] : []),
    ...judges.map((name) => figure(line.perplexity[name]!)),
    line.entropy.toFixed(3),
    figure(line.distinct[1]),
    figure(line.wordRate),
    optional(line.drift?.pairs),
  ];
  return [head, ...linesOf(data).map(cells)];
}

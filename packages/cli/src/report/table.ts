import type { SweepCell } from '@idlm/evaluation';
import { textName } from '@idlm/recipe/evaluation';
import { type ColumnName, briefText, cellText, columnsOf } from './columns';
import { type ReportData } from './data';
import { escapeHtml, htmlTable } from './html';
import { type Line, realLine, sweepLine } from './lines';

/** The rows, and real text below them. */
function linesOf({ rows, manifest }: Pick<ReportData, 'rows' | 'manifest'>): Line[] {
  const { realText } = manifest;
  return [...rows.map(sweepLine), ...(realText ? [realLine(realText, textName(manifest), rows[0]?.driftFloor)] : [])];
}

/** What the column of lost entropy is; empty where no sampler changes the law. */
const lossNote = (rows: readonly SweepCell[]): string => {
  const reference = rows.find(({ entropyLoss }) => entropyLoss)?.entropyLoss?.reference;
  return reference
    ? `The sampler changes the law of the text; entropy lost is that of ${reference}, on the same grid, less its own.`
    : '';
};

/** What the columns of judges and costs are. */
const columnsNote = (samples: number): string =>
  `Perplexities of samples per token of the judge, and bits per UTF-8 byte, which compare across vocabularies; in brackets 95 % bootstrap intervals over ${samples} samples. Evaluations are those of a network for one sample (NFE), calls those that had to follow one another for all, seconds the wall clock of drawing all.`;

const ALL: readonly ColumnName[] = [
  ...(['model', 'steps', 'temperature', 'calls', 'evaluations', 'seconds', 'exactMatch', 'mauve'] as const),
  ...(['likelihood', 'entropy', 'entropyLost', 'distinct', 'wordRate', 'marginals', 'pairs', 'lengths'] as const),
];

/** All cells of the sweep as numbers, and real text judged likewise. */
export function table(data: ReportData): string {
  const { rows, manifest } = data;
  const lines = linesOf(data);
  const columns = columnsOf(ALL, lines);
  const notes = [
    rows.some(({ likelihood }) => likelihood !== undefined) ? columnsNote(rows[0]!.samples) : '',
    lossNote(rows),
    manifest.realText
      ? `The last row is ${textName(manifest)}, ${manifest.realText.samples} rows of it judged as samples are; its drift is what chance shows.`
      : '',
  ];
  const cells = lines.map((line) => columns.map((column) => cellText(column, line)));
  const head = columns.map((column) => column.head);
  return `<section><h2>All numbers</h2>${notes.map((note) => (note ? `<p class="soft">${escapeHtml(note)}</p>` : '')).join('')}${htmlTable(head, cells, (row) => row >= rows.length)}</section>`;
}

/** The most important columns. */
const BRIEF: readonly ColumnName[] = [
  ...(['model', 'steps', 'severalTemperatures', 'evaluations', 'calls', 'seconds', 'exactMatch', 'mauve'] as const),
  ...(['perplexity', 'entropy', 'entropyLost', 'pairs'] as const),
];

/** The sweep as rows of text, the most important columns alone, so that a terminal of 80 columns holds them. */
export function terminalRows(data: Pick<ReportData, 'rows' | 'manifest'>): string[][] {
  const lines = linesOf(data);
  const columns = columnsOf(BRIEF, lines);
  return [
    columns.map(({ brief, head }) => brief ?? head),
    ...lines.map((line) => columns.map((column) => briefText(column, line))),
  ];
}

/** What the columns of `terminalRows` are, in a sentence. */
export function terminalNote({ rows }: Pick<ReportData, 'rows'>): string {
  const [first] = rows;
  const half = first?.likelihood ? `, ± half of its 95 % interval over ${first.samples} samples` : '';
  const lost = lossNote(rows);
  return `NFE: evaluations of a network per sample; calls: those that follow one another; s: seconds of drawing all; ppl${half}; drift: of pairs.${lost ? ` ${lost}` : ''} More is in the report.`;
}

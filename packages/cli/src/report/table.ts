import type { Drift, EntropyLoss, Interval, MeasuredText, SweepRow } from '@idlm/evaluation';
import { textName } from '@idlm/recipe/evaluation';
import { type ReportData } from './data';
import { escapeHtml, figure, halfWidth, htmlTable, signedPercent } from './html';

/** What a table shows of rows and of real text alike. */
interface Line extends Omit<MeasuredText, 'examples'> {
  readonly model: string;
  readonly steps?: number;
  readonly temperature?: number;
  readonly networkCalls?: number;
  readonly evaluationsPerSample?: number;
  readonly seconds?: number;
  readonly exactMatch?: number;
  readonly exactMatchInterval?: Interval;
  readonly mauve?: Readonly<Record<string, number>>;
  readonly entropyLoss?: EntropyLoss;
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

/** A share of right samples with the ends of its interval, where it has one. */
function matchCell({ exactMatch, exactMatchInterval: interval }: Line): string {
  return `${optional(exactMatch)}${interval ? ` (${interval.map(figure).join(' – ')})` : ''}`;
}

/** Judges under which MAUVE was measured. */
const mauveJudges = (rows: readonly SweepRow[]): string[] => Object.keys(rows[0]?.mauve ?? {});

/** A perplexity with the ends of its interval, where it has one. */
function perplexityCell({ perplexity, likelihood }: Line, judge: string): string {
  const interval = likelihood?.[judge]?.intervals.perplexity;
  return `${figure(perplexity[judge]!)}${interval ? ` (${interval.map(figure).join(' – ')})` : ''}`;
}

/** The same where room is scarce: half of the interval behind it. */
function briefPerplexity({ perplexity, likelihood }: Line, judge: string): string {
  const interval = likelihood?.[judge]?.intervals.perplexity;
  return `${figure(perplexity[judge]!)}${interval ? halfWidth(interval) : ''}`;
}

function bitsCell({ likelihood }: Line, judge: string): string {
  const found = likelihood?.[judge];
  return found
    ? `${found.bitsPerByte.toFixed(3)} (${found.intervals.bitsPerByte.map((end) => end.toFixed(3)).join(' – ')})`
    : '';
}

/** What a sampler takes of entropy, with its error, where it changes the law. */
const lossCell = ({ entropyLoss: loss }: Line): string =>
  loss ? `${loss.nats.toFixed(3)} ± ${loss.error.toFixed(3)}` : '';

const losesEntropy = (rows: readonly SweepRow[]): boolean => rows.some(({ entropyLoss }) => entropyLoss !== undefined);

/** What the column of lost entropy is. */
const lossNote = (rows: readonly SweepRow[]): string => {
  const reference = rows.find(({ entropyLoss }) => entropyLoss)?.entropyLoss?.reference;
  return `The sampler changes the law of the text; entropy lost is that of ${reference}, on the same grid, less its own.`;
};

/** What the columns of judges and costs are. */
const columnsNote = (samples: number): string =>
  `Perplexities of samples per token of the judge, and bits per UTF-8 byte, which compare across vocabularies; in brackets 95 % bootstrap intervals over ${samples} samples. Evaluations are those of a network for one sample (NFE), calls those that had to follow one another for all, seconds the wall clock of drawing all.`;

/** All cells of the sweep as numbers, and real text judged likewise. */
export function table(data: ReportData): string {
  const { rows } = data;
  const judges = scorersOf(rows);
  const isPrompted = rows.some(({ exactMatch }) => exactMatch !== undefined);
  const isPadded = rows.some(({ drift }) => drift.lengths !== 0);
  const hasBits = rows.some(({ likelihood }) => likelihood !== undefined);
  const head = [
    ...['model', 'steps', 'τ', 'calls', 'evaluations / sample', 'seconds'],
    ...(isPrompted ? ['exact match'] : []),
    ...mauveJudges(rows).map((name) => `MAUVE (${name})`),
    ...judges.flatMap((name) => [`${name} ppl`, ...(hasBits ? [`${name} bits / byte`] : [])]),
    ...['entropy', ...(losesEntropy(rows) ? ['entropy lost'] : [])],
    ...['distinct-1/2/3', 'word rate', 'drift: tokens', 'pairs'],
    ...(isPadded ? ['lengths'] : []),
  ];
  const cells = (line: Line): string[] => [
    line.model,
    String(line.steps ?? ''),
    String(line.temperature ?? ''),
    String(line.networkCalls ?? ''),
    optional(line.evaluationsPerSample),
    optional(line.seconds),
    ...(isPrompted ? [matchCell(line)] : []),
    ...mauveJudges(rows).map((name) => optional(line.mauve?.[name])),
    ...judges.flatMap((name) => [perplexityCell(line, name), ...(hasBits ? [bitsCell(line, name)] : [])]),
    `${line.entropy.toFixed(3)} ± ${line.entropyError.toFixed(3)}`,
    ...(losesEntropy(rows) ? [lossCell(line)] : []),
    line.distinct.map(figure).join(' / '),
    figure(line.wordRate),
    optional(line.drift?.marginals),
    optional(line.drift?.pairs),
    ...(isPadded ? [line.drift ? signedPercent(line.drift.lengths) : ''] : []),
  ];
  const note = data.manifest.realText
    ? `<p class="soft">The last row is ${textName(data.manifest)}, ${data.manifest.realText.samples} rows of it judged as samples are; its drift is what chance shows.</p>`
    : '';
  const columns = hasBits ? `<p class="soft">${escapeHtml(columnsNote(rows[0]!.samples))}</p>` : '';
  const losses = losesEntropy(rows) ? `<p class="soft">${escapeHtml(lossNote(rows))}</p>` : '';
  return `<section><h2>All numbers</h2>${columns}${losses}${note}${htmlTable(head, linesOf(data).map(cells), (row) => row >= rows.length)}</section>`;
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
    ...['', 'steps', ...(isSeveral ? ['τ'] : []), 'NFE', 'calls', 's', ...(isPrompted ? ['exact'] : [])],
    ...mauveJudges(rows).map(() => 'MAUVE'),
    ...judges.map((name) => `${SHORT[name] ?? name} ppl`),
    ...['entropy', ...(losesEntropy(rows) ? ['lost'] : []), 'drift'],
  ];
  const cells = (line: Line): string[] => [
    line.model,
    String(line.steps ?? '–'),
    ...(isSeveral ? [String(line.temperature ?? '–')] : []),
    optional(line.evaluationsPerSample) || '–',
    String(line.networkCalls ?? '–'),
    optional(line.seconds) || '–',
    ...(isPrompted ? [optional(line.exactMatch) || '–'] : []),
    ...mauveJudges(rows).map((name) => optional(line.mauve?.[name]) || '–'),
    ...judges.map((name) => briefPerplexity(line, name)),
    line.entropy.toFixed(3),
    ...(losesEntropy(rows) ? [line.entropyLoss?.nats.toFixed(3) ?? '–'] : []),
    optional(line.drift?.pairs),
  ];
  return [head, ...linesOf(data).map(cells)];
}

/** What the columns of `terminalRows` are, in a sentence. */
export function terminalNote({ rows }: Pick<ReportData, 'rows'>): string {
  const [first] = rows;
  const half = first?.likelihood ? `, ± half of its 95 % interval over ${first.samples} samples` : '';
  const lost = losesEntropy(rows) ? ` ${lossNote(rows)}` : '';
  return `NFE: evaluations of a network per sample; calls: those that follow one another; s: seconds of drawing all; ppl${half}; drift: of pairs.${lost} More is in the report.`;
}

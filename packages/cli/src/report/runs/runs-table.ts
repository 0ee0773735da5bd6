import { type Column, type ColumnName, columnsOf } from '../columns';
import type { Line } from '../lines';
import { leftFirst } from '../reveal';
import type { ReportedRun } from './run';
import { type DifferingSetting, differingSettings } from './settings';
import { type LossSummary, lossSummaries } from './losses-table';

/** How far texts of a run were written from left to right. */
interface RevealSummary {
  readonly run: string;
  readonly film: string;
  /** Share of pairs of positions of which the left one was written first; absent where all was written at once. */
  readonly leftFirst?: number;
}

/** Runs beside each other. */
export interface RunsTable {
  readonly runs: readonly ReportedRun[];
  /** Every model at each number of steps, and real text, by run. */
  readonly lines: readonly Line[];
  readonly columns: readonly Column[];
  readonly differing: readonly DifferingSetting[];
  readonly losses: readonly LossSummary[];
  readonly order: readonly RevealSummary[];
}

/** What runs are compared by; a name of the run stands first where there are several. */
const COMPARED: readonly ColumnName[] = [
  ...(['model', 'steps', 'severalTemperatures', 'evaluations', 'secondsPerSample', 'exactMatch', 'mauve'] as const),
  ...(['perplexity', 'entropy', 'entropyLost', 'pairs'] as const),
];

/** Runs as tables. */
export function tableOf(runs: readonly ReportedRun[]): RunsTable {
  const lines = runs.flatMap(({ name, lines: own, real }) => [...own, ...real].map((line) => ({ ...line, run: name })));
  return {
    ...{ runs, lines, columns: columnsOf(runs.length > 1 ? ['run', ...COMPARED] : COMPARED, lines) },
    differing: runs.length > 1 ? differingSettings(runs.map(({ settings }) => settings)) : [],
    losses: lossSummaries(runs),
    order: runs.flatMap(({ name, films }) =>
      films.flatMap(({ title, order }) => (order ? [{ run: name, film: title, leftFirst: leftFirst(order) }] : [])),
    ),
  };
}

/** What the columns are, in a sentence. */
export const COLUMNS_NOTE =
  'NFE: evaluations of the network for a sample; s: its share of the wall clock of drawing all together, of one machine and engine alone comparable; ±: half of a 95 % interval over samples, or the deviation between seeds; entropy in nats, lost: what the sampler takes of it; drift: of pairs of tokens.';

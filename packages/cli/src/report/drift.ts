import { DRIFT_STATISTICS, type Drift, type Match, type SweepRow, driftRatios, worstDrift } from '@idlm/evaluation';
import { BASELINE, textName } from '@idlm/recipe/evaluation';
import { type ReportData } from './data';
import { escapeHtml, htmlTable, signedPercent } from './html';
import { countedSteps } from '../sentences/steps';

/** What the statistics are called before a reader. */
const DRIFT_NAMES: Readonly<Record<keyof Drift, string>> = {
  marginals: 'tokens',
  pairs: 'pairs',
  lengths: 'lengths',
  entropy: 'pooled entropy',
};

/**
 * The statistic of the student that is furthest out, and how far as a share of its limit.
 * @param factor the limit, in multiples of the largest of the teacher's drift, chance and 0.01
 */
export const worstOf = ({ student, teacher }: Pick<Match, 'student' | 'teacher'>, factor: number) =>
  worstDrift(driftRatios(student.drift, teacher.drift, teacher.driftFloor, factor));

/** Whether the student keeps to the data as its teacher does, in words. @param factor as for `worstOf` */
export function driftSentence(match: Match, factor: number): string {
  const { name, ratio } = worstOf(match, factor);
  const found = `${DRIFT_NAMES[name]} at ${(factor * ratio).toFixed(2)} × the largest of the teacher's drift, chance and 0.01`;
  return ratio <= 1
    ? `Its drift stays within ${factor} × (${found}).`
    : `It drifts more than ${factor} × as far as its teacher (${found}).`;
}

const cellsOf = ({ marginals, pairs, lengths, entropy }: Drift): string[] => [
  marginals.toFixed(3),
  pairs.toFixed(3),
  signedPercent(lengths),
  signedPercent(entropy),
];

/** A drift in words, such as `tokens 0.012, pairs 0.071, lengths −1.3 %, pooled entropy +0.2 %`. */
export const describeDrift = (drift: Drift): string =>
  cellsOf(drift)
    .map((cell, i) => `${DRIFT_NAMES[DRIFT_STATISTICS[i]!]} ${cell}`)
    .join(', ');

/** The rows that the comparison is about: the teacher, the student, any other model at the student's steps, and the baseline. */
function comparedRows({ rows, match }: ReportData): SweepRow[] {
  if (!match) return [];
  const { teacher, student } = match;
  const others = rows.filter(
    ({ model, steps, temperature }) =>
      temperature === student.temperature &&
      (model === BASELINE || (steps === student.steps && model !== student.model)),
  );
  return [teacher, student, ...others];
}

/** How far samples have drifted from held-out text, beside what chance alone shows. */
export function driftTable(data: ReportData): string {
  const rows = comparedRows(data);
  if (!rows.length) return '';
  const text = textName(data.manifest);
  const body = [
    ...rows.map((row) => [`${row.model} at ${countedSteps(row.steps)}`, ...cellsOf(row.drift)]),
    [`${text} itself: chance`, ...cellsOf(rows[0]!.driftFloor)],
  ];
  const head = ['', ...DRIFT_STATISTICS.map((name) => DRIFT_NAMES[name])];
  const sentence = data.match ? escapeHtml(driftSentence(data.match, data.driftFactor)) : '';
  return `<section><h2>Drift from ${text}</h2><p class="soft">Total variation of single tokens and of adjacent pairs; relative difference of mean length (padded text only) and of the entropy of all tokens. Perplexity can fall while these grow. ${sentence}</p>
${htmlTable(head, body, (row) => row === rows.length)}</section>`;
}

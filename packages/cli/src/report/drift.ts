import { DRIFT_STATISTICS, type SweepCell } from '@idlm/evaluation';
import { BASELINE, textName } from '@idlm/recipe/evaluation';
import { type ReportData } from './data';
import { DRIFT_NAMES, driftCells, driftSentence } from '../sentences/drift';
import { countedSteps } from '../sentences/steps';
import { escapeHtml, htmlTable } from './html';

/** The rows that the comparison is about: the teacher, the student, any other model at the student's steps, and the baseline. */
function comparedRows({ rows, match }: ReportData): SweepCell[] {
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
    ...rows.map((row) => [`${row.model} at ${countedSteps(row.steps)}`, ...driftCells(row.drift)]),
    [`${text} itself: chance`, ...driftCells(rows[0]!.driftFloor)],
  ];
  const head = ['', ...DRIFT_STATISTICS.map((name) => DRIFT_NAMES[name])];
  const sentence = data.match ? escapeHtml(driftSentence(data.match, data.driftFactor)) : '';
  return `<section><h2>Drift from ${text}</h2><p class="soft">Total variation of single tokens and of adjacent pairs; relative difference of mean length (padded text only) and of the entropy of all tokens. Perplexity can fall while these grow. ${sentence}</p>
${htmlTable(head, body, (row) => row === rows.length)}</section>`;
}

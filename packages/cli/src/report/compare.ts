import {
  type ArmSummary,
  DRIFT_STATISTICS,
  type Drift,
  type MeasuredText,
  type Spread,
  bestAtEqualEntropy,
  driftRatios,
  worstDrift,
} from '@idlm/evaluation';
import { escapeHtml, htmlTable, notesOf } from './html';
import { figure } from '../sentences/figures';
import { type Line, armLine, realLine } from './lines';
import { AGAINST, type Curve, qualityAgainstCost, qualityPlots } from './quality';
import { STYLE } from './style';
import { countedSteps } from '../sentences/steps';

/** What a comparison's report shows. */
export interface ComparisonReport {
  readonly subtitle: string;
  readonly summaries: readonly ArmSummary[];
  /** Name of the teacher among the arms. */
  readonly teacher: string;
  /** Steps of the teacher whose entropy counts as the reference. */
  readonly compareAt: number;
  readonly tolerance: number;
  /** Updates, passes and seconds of each arm. */
  readonly work: readonly {
    readonly arm: string;
    readonly updates: number;
    readonly passes: number;
    readonly seconds: number;
  }[];
  /** Real text judged as samples are, and what it is called; absent in older records. */
  readonly realText?: MeasuredText;
  readonly textName?: string;
  /** What a reader must know, in sentences. */
  readonly notes?: readonly string[];
  readonly manifest: unknown;
}

const spreadText = ({ mean, deviation }: Spread, digits?: number): string =>
  `${digits === undefined ? figure(mean) : mean.toFixed(digits)}${deviation ? ` ± ${figure(deviation)}` : ''}`;

const scorersOf = (summaries: readonly ArmSummary[]): string[] => Object.keys(summaries[0]?.perplexity ?? {});

/** Numbers of steps at which any student was sampled. */
const studentSteps = ({ summaries, teacher }: ComparisonReport): number[] =>
  [...new Set(summaries.filter(({ arm }) => arm !== teacher).map(({ steps }) => steps))].sort((a, b) => a - b);

/** Entropy of the teacher at its reference steps, or NaN. */
const referenceEntropy = ({ summaries, teacher, compareAt }: ComparisonReport): number =>
  summaries.find(({ arm, steps }) => arm === teacher && steps === compareAt)?.entropy.mean ?? NaN;

/** For each number of steps, who is ahead at equal entropy, in words. */
export function verdicts(report: ComparisonReport): string[] {
  const entropy = referenceEntropy(report);
  if (Number.isNaN(entropy))
    return [`Nothing can be said at equal entropy: the teacher was not sampled at ${countedSteps(report.compareAt)}.`];
  const students = report.summaries.filter(({ arm }) => arm !== report.teacher);
  return studentSteps(report).map((steps) => {
    const best = bestAtEqualEntropy(students, steps, entropy, report.tolerance);
    const most = students
      .filter((one) => one.steps === steps)
      .sort((a, b) => b.drift.pairs.mean - a.drift.pairs.mean)[0]!;
    const drift = `${most.arm} drifts most in pairs (${figure(most.drift.pairs.mean)})`;
    if (!best) return `At ${countedSteps(steps)}: no arm keeps the teacher's entropy; ${drift}.`;
    const numbers = Object.entries(best.perplexity).map(([name, value]) => `${name} ${spreadText(value)}`);
    return `At ${countedSteps(steps)}: ${best.arm} has the lowest perplexity at equal entropy (${numbers.join(', ')}); ${drift}.`;
  });
}

const meansOf = ({ drift }: ArmSummary): Drift =>
  Object.fromEntries(DRIFT_STATISTICS.map((name) => [name, drift[name].mean])) as unknown as Drift;

/** The largest of an arm's drifts, in multiples of the largest of the teacher's at its reference steps, chance, and 0.01. */
function driftMultiple({ summaries, teacher, compareAt }: ComparisonReport, one: ArmSummary): number {
  const reference = summaries.find(({ arm, steps }) => arm === teacher && steps === compareAt);
  if (!reference) return NaN;
  return worstDrift(driftRatios(meansOf(one), meansOf(reference), one.driftFloor, 1)).ratio;
}

/** Real text as a row among the arms; its drift is what chance shows. */
function realRow({ summaries, realText, textName = 'real text' }: ComparisonReport, isPadded: boolean): string[][] {
  if (!realText || !summaries[0]) return [];
  const { driftFloor } = summaries[0];
  return [
    [
      textName,
      '–',
      ...scorersOf(summaries).map((name) => figure(realText.perplexity[name]!)),
      realText.entropy.toFixed(3),
      figure(driftFloor.pairs),
      ...(isPadded ? [figure(Math.abs(driftFloor.lengths))] : []),
      '–',
    ],
  ];
}

/** The numbers of each arm at each number of steps, as rows of text, and those of real text. */
export function comparisonRows(report: ComparisonReport): {
  readonly head: string[];
  readonly rows: string[][];
} {
  const { summaries } = report;
  const scorers = scorersOf(summaries);
  const isPadded = summaries.some(({ drift }) => drift.lengths.mean > 0);
  return {
    head: [
      'arm',
      'steps',
      ...scorers.map((name) => `${name} ppl`),
      'entropy',
      'pair drift',
      ...(isPadded ? ['length drift'] : []),
      'worst drift',
    ],
    rows: [
      ...summaries.map((one) => [
        one.arm,
        String(one.steps),
        ...scorers.map((name) => spreadText(one.perplexity[name]!)),
        spreadText(one.entropy, 3),
        spreadText(one.drift.pairs),
        ...(isPadded ? [spreadText(one.drift.lengths)] : []),
        `${figure(driftMultiple(report, one))} ×`,
      ]),
      ...realRow(report, isPadded),
    ],
  };
}

/** One curve for each arm, through its numbers of steps. */
export function armCurves(report: ComparisonReport): Curve[] {
  const { summaries, teacher, tolerance } = report;
  const reference = referenceEntropy(report);
  return [...new Set(summaries.map(({ arm }) => arm))].map((arm, i) => ({
    name: arm,
    kind: arm === teacher ? 'teacher' : `arm${i % 6}`,
    leastEntropy: Number.isNaN(reference) ? undefined : reference * (1 - tolerance),
    lines: summaries
      .filter((one) => one.arm === arm)
      .sort((a, b) => a.steps - b.steps)
      .map(armLine),
  }));
}

/** Real text among the arms' curves. */
export const realOf = ({ realText, textName: name = 'real text' }: ComparisonReport): Line[] =>
  realText ? [realLine(realText, name)] : [];

/** The comparison as one HTML file that refers to nothing outside itself. */
export function renderComparison(report: ComparisonReport): string {
  const { head, rows } = comparisonRows(report);
  const work = report.work.map(({ arm, updates, passes, seconds }) => [
    arm,
    String(updates),
    String(passes),
    seconds.toFixed(0),
  ]);
  const [title, curves, real] = ['Objectives at equal work', armCurves(report), realOf(report)];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>
<body><header><h1>${title}</h1><p class="soft">${escapeHtml(report.subtitle)}</p></header><main>
<div class="claim">${verdicts(report)
    .map((sentence) => `<p>${escapeHtml(sentence)}</p>`)
    .join('')}</div>${notesOf(report)}
<section><h2>Quality against steps</h2>${qualityPlots(curves, { against: AGAINST.steps, real })}</section>
${qualityAgainstCost(curves, { real })}
<section><h2>Quality against entropy</h2><p class="soft">Numbers are steps. Low perplexity at low entropy is repetition, not quality: compare at equal entropy.</p>${qualityPlots(curves, { against: AGAINST.entropy, real })}</section>
<section><h2>All numbers</h2><p class="soft">Mean ± standard deviation over seeds. Worst drift: the largest of those of tokens, pairs, lengths and entropy, in multiples of the largest of the teacher's at its reference steps, chance, and 0.01. The row of real text, where there is one, has the drift of chance.</p>${htmlTable(head, rows, (row) => row >= report.summaries.length)}</section>
<section><h2>Work</h2><p class="soft">Every arm has the same budget in network passes (a forward pass is 1, one with its gradient 3) and ends at its last update: no guard takes part.</p>${htmlTable(['arm', 'updates', 'passes', 'seconds'], work)}</section>
<section><h2>How to reproduce this</h2><details><summary>Configuration and versions</summary><pre>${escapeHtml(JSON.stringify(report.manifest, null, 2))}</pre></details></section></main></body></html>
`;
}

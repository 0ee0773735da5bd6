import type { MeasuredLikelihood, SweepCell } from '@idlm/evaluation';
import { PAPER, PAPER_JUDGE, type PublishedLine } from '@idlm/recipe/evaluation';
import { figure, halfWidth } from '../sentences/figures';

/** What was measured of a published row's model. */
export interface Reproduced {
  readonly row: PublishedLine;
  readonly ours: SweepCell;
  /** Name of the GPT-2 that judged. */
  readonly judge: string;
}

/** A number with half of its interval. */
function withHalf(value: number, likelihood?: MeasuredLikelihood): string {
  const ends = likelihood?.intervals.perplexity;
  return `${figure(value)}${ends ? halfWidth(ends) : ''}`;
}

/** Our row beside that of the paper, as rows of text; which is which stands before each. */
export function publishedRows({ row, ours, judge }: Reproduced): string[][] {
  const { paper } = row;
  const hundredths = (value = NaN) => (Number.isFinite(value) ? value.toFixed(2) : '–');
  return [
    ['', 'steps', 'NFE', 'calls', 's', 'samples', 'ppl', 'bits/byte', 'MAUVE', 'entropy'],
    [
      'ours',
      String(ours.steps),
      figure(ours.evaluationsPerSample),
      String(ours.networkCalls),
      figure(ours.seconds ?? NaN),
      String(ours.samples),
      withHalf(ours.perplexity[judge]!, ours.likelihood?.[judge]),
      figure(ours.likelihood?.[judge]?.bitsPerByte ?? NaN),
      hundredths(ours.mauve?.[judge]),
      hundredths(ours.entropy),
    ],
    [
      'the paper',
      ...[String(row.steps), '–', '–', '–', '–'],
      figure(paper.perplexity),
      '–',
      hundredths(paper.mauve),
      hundredths(paper.entropy),
    ],
  ];
}

/** How our number lies to the paper's, in sentences, and what keeps the two from being compared. */
export function publishedSentences({ row, ours, judge }: Reproduced, problems: readonly string[]): string[] {
  const { interval, error } = {
    interval: ours.likelihood?.[judge]?.intervals.perplexity,
    error: ours.likelihood?.[judge]?.error,
  };
  const lies = interval && interval[0] <= row.paper.perplexity && row.paper.perplexity <= interval[1];
  const verdict =
    !problems.length && interval
      ? [
          `The paper's perplexity lies ${lies ? 'within' : 'outside'} our 95 % interval, ${interval.map(figure).join(' to ')}; ${ours.samples} samples tell differences of ${(100 * Math.expm1(1.96 * (error ?? NaN))).toFixed(1)} % or more from chance.`,
        ]
      : [];
  return [`The paper: ${PAPER}; judged by ${PAPER_JUDGE.name}.`, ...problems, ...verdict];
}

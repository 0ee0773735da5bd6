import type { MeasuredText, SweepRow } from '@idlm/evaluation';
import type { Baseline } from './baseline';
import { type Contestant, type EvaluationContext, evaluate } from './evaluate';
import { openJudges } from './judges';
import { measureHeldOut } from './real-text';
import type { Reporter } from './reporter';
import { sweptTemperatures } from './sampling';

/** Models to sample and to judge. */
export interface JudgedSweep extends Omit<EvaluationContext, 'scorers' | 'onRow'> {
  readonly contestants: readonly Contestant[];
  readonly baseline?: Baseline;
  /** Model folder of an autoregressive judge, beside the n-gram one. */
  readonly scorer?: string;
  readonly reporter: Reporter;
}

/** What was found of models, and of the held-out text judged as they are. */
export interface JudgedRows {
  readonly rows: SweepRow[];
  readonly realText: MeasuredText;
}

/** Cells of a sweep. */
function cellsOf({ config, contestants, baseline }: JudgedSweep): number {
  const points = contestants.reduce((sum, { steps }) => sum + steps.length, 0) + Number(Boolean(baseline));
  return points * sweptTemperatures(config).length;
}

const numbersOf = ({ perplexity, entropy, evaluationsPerSample }: SweepRow): string =>
  `${Object.entries(perplexity)
    .map(([name, value]) => `${name} ${value.toFixed(1)}`)
    .join(', ')}, entropy ${entropy.toFixed(3)}, ${evaluationsPerSample.toFixed(1)} network evaluations per sample`;

/** Samples and judges all models, and judges held-out text. @throws InputError as `openJudges` */
export async function sweepAndJudge(sweep: JudgedSweep): Promise<JudgedRows> {
  const { config, engine, corpus, contestants, baseline, scorer, signal, reporter } = sweep;
  const judges = await openJudges(config, engine, corpus, scorer);
  const cells = cellsOf(sweep);
  let done = 0;
  const onRow = (row: SweepRow) =>
    reporter.progress('Sampling and judging', ++done, cells, `${row.model} at ${row.steps} steps: ${numbersOf(row)}`);
  try {
    const context = { config, engine, corpus, scorers: judges.scorers, signal, onRow };
    const rows = await evaluate(context, contestants, baseline);
    return { rows, realText: await measureHeldOut(context) };
  } finally {
    judges.dispose();
  }
}

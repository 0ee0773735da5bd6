import { oneRank } from '@idlm/core-diffusion/ranks';
import type { Judge, MeasuredText, ResultManifest, SweepCell } from '@idlm/evaluation';
import type { EvaluationEvent, OnEvent, PreparationEvent } from '../events';
import type { Baseline } from '../models/baseline';
import { sweptTemperatures } from '../resolved/sampling';
import type { EvaluatedModel } from './evaluated-model';
import { type EvaluationContext, sweepModels } from './evaluate';
import { judgedByRanks } from './judged-by-ranks';
import { openJudges } from './judges';
import { measureHeldOut } from './real-text';

/** Models to sample and to judge. */
export interface JudgedSweep extends Omit<EvaluationContext, 'scorers' | 'onRow'> {
  readonly evaluated: readonly EvaluatedModel[];
  readonly baseline?: Baseline;
  /** Model folder of an autoregressive judge, beside the n-gram one. */
  readonly scorer?: string;
  readonly onEvent?: OnEvent<EvaluationEvent | PreparationEvent>;
}

/** What was found of models, and of the held-out text judged as they are. */
export interface JudgedCells {
  readonly rows: SweepCell[];
  readonly realText: MeasuredText;
  /** The judges that are somebody's weights, by name. */
  readonly judges: Required<ResultManifest>['judges'];
  /** What to know of the judges, in sentences. */
  readonly judgeNotes: readonly string[];
}

/** Cells of a sweep. */
function cellsOf({ config, evaluated, baseline }: JudgedSweep): number {
  const points = evaluated.reduce((sum, { steps }) => sum + steps.length, 0) + Number(Boolean(baseline));
  return points * sweptTemperatures(config).length;
}

const weightsOf = (judges: readonly Judge[]): JudgedCells['judges'] =>
  Object.fromEntries(judges.flatMap(({ name, weights }) => (weights === undefined ? [] : [[name, { weights }]])));

/** Samples and judges all models, and judges held-out text. @throws InputError as `openJudges` */
export async function sweepAndJudge(sweep: JudgedSweep): Promise<JudgedCells> {
  const { config, engine, corpus, streams, evaluated, baseline, scorer, signal, onEvent, ranks = oneRank } = sweep;
  const judges = await openJudges(config, engine, corpus, scorer);
  const cells = cellsOf(sweep);
  const judgeNotes = judges.scorers.flatMap(({ note }) => (note === undefined ? [] : [note]));
  judgeNotes.forEach((message) => onEvent?.({ kind: 'note', message }));
  let done = 0;
  const onRow = (row: SweepCell) => onEvent?.({ kind: 'cell', row, done: ++done, cells });
  try {
    const scorers = judges.scorers.map((judge) => judgedByRanks(judge, ranks));
    const context = { config, engine, corpus, streams, scorers, signal, onRow, ranks };
    const rows = await sweepModels(context, evaluated, baseline);
    return { rows, realText: await measureHeldOut(context), judges: weightsOf(judges.scorers), judgeNotes };
  } finally {
    judges.dispose();
  }
}

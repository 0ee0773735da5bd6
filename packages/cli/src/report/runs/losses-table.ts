import { figure } from '../../sentences/figures';
import type { ReportedRun } from './run';

/** A loss that a run logged, in numbers. */
export interface LossSummary {
  readonly run: string;
  /** Such as `teacher` and `teacher held-out`. */
  readonly loss: string;
  readonly updates: number;
  /** The mean of its last tenth. */
  readonly last: number;
  readonly lowest: number;
  /** The update of the lowest. */
  readonly lowestAt: number;
}

/** A loss by what it is of, without the word. */
export const lossName = (name: string): string => name.replace(/\/loss$/, '').replaceAll('/', ' ');

/** The losses of some runs in numbers. */
export const lossSummaries = (runs: readonly ReportedRun[]): LossSummary[] =>
  runs.flatMap(({ name: run, losses }) =>
    Object.entries(losses)
      .filter(([, curve]) => curve.length > 0)
      .map(([name, curve]) => {
        const ends = curve.slice(-Math.ceil(curve.length / 10)).map(([, loss]) => loss);
        const [lowestAt, lowest] = curve.reduce((least, point) =>
          point[1] < least[1] || Number.isNaN(least[1]) ? point : least,
        );
        return {
          ...{ run, loss: lossName(name), updates: curve.at(-1)![0], lowest, lowestAt },
          last: ends.reduce((sum, loss) => sum + loss, 0) / ends.length,
        };
      }),
  );

/** The same as rows of text. */
export const lossRows = (summaries: readonly LossSummary[]): string[][] => [
  ['run', 'loss', 'updates', 'last tenth', 'lowest', 'at update'],
  ...summaries.map(({ run, loss, updates, last, lowest, lowestAt }) => [
    ...[run, loss, String(updates), figure(last), figure(lowest), String(lowestAt)],
  ]),
];

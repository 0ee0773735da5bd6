import type { Line } from '../src/report/lines';
import type { ReportedRun } from '../src/report/runs/run';

/** A model at a number of steps, of which little else is known. */
export const lineOf = (model: string, steps: number, more: Partial<Line> = {}): Line => ({
  ...{ model, steps, evaluations: { value: steps }, perplexity: { judge: { value: 20 } }, entropy: { value: 2.5 } },
  ...more,
});

/** A run that an evaluation left, with some of its members otherwise. */
export const reportedRunOf = (name: string, more: Partial<ReportedRun> = {}): ReportedRun => ({
  ...{ name, path: `runs/${name}`, kind: 'evaluation', about: 'an evaluation', settings: {} },
  ...{ lines: [], real: [], curves: [], losses: {}, films: [], notes: [] },
  ...more,
});

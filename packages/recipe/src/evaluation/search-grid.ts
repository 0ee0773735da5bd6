import type { NetworkDescription } from '@idlm/core-diffusion';
import {
  type GridQuality,
  type GridSearch,
  type PerplexityRatio,
  type SweepCell,
  mean,
  perplexityRatio,
  searchGrid,
} from '@idlm/evaluation';
import type { JobEvent, OnEvent } from '../events';
import { evaluationSeed, streamsOf } from '../resolved/streams';
import type { EvaluatedModel } from './evaluated-model';
import { type EvaluationContext, sweepModels } from './evaluate';
import { type EvaluationSetup, type SetupRequest, loadSetup } from './setup';
import { openJudges } from './judges';
import { notesOf } from './notes';
import type { Engine } from '@idlm/engine';

/** A model whose best grid is searched. */
export interface GridSearchRequest extends Pick<SetupRequest, 'loaded'> {
  /** Path of a model or of its run. */
  readonly model: string;
  /** Path of an autoregressive judge, beside the n-gram one. */
  readonly scorer?: string;
  /** Rounds of tries around the best grid so far, and grids of each; see `searchGrid`. */
  readonly rounds: number;
  readonly tries: number;
  /** Opens what computes, once all that can be refused has been. */
  open(networks: readonly NetworkDescription[]): Promise<Engine>;
  readonly onEvent?: OnEvent<JobEvent>;
  readonly signal?: AbortSignal;
}

/** The best grid, measured against the uniform one with noise that the search has not seen. */
export interface ConfirmedGrid extends GridSearch {
  readonly confirmed: { readonly best: SweepCell; readonly uniform: SweepCell };
  /** Perplexity on the best grid relative to that on the uniform one, by judge. */
  readonly ratios: Readonly<Record<string, PerplexityRatio>>;
}

/** One number of all judges. */
const qualityOf = ({ perplexity, entropy }: SweepCell): GridQuality => ({
  perplexity: Math.exp(mean(Object.values(perplexity).map(Math.log))),
  entropy,
});

/** A model on some grids, each as one that takes part in a sweep. */
const onGrids = (model: EvaluatedModel, grids: readonly Float64Array[]): EvaluatedModel[] =>
  grids.map((grid) => ({
    ...model,
    steps: [grid.length - 1],
    sampling: { ...model.sampling, spacing: { spacing: Array.from(grid) } },
  }));

/** Of an evaluation, what grids are judged by: one temperature, and quality and entropy alone. */
const plainly = ({ config }: EvaluationSetup): EvaluationContext['config'] => ({
  ...config,
  evaluation: { ...config.evaluation, temperatures: null, mauve: false },
});

/**
 * Searches the grid of `sampling.steps` steps on which a model writes best, at the entropy of the uniform grid within
 * `evaluation.tolerance`, by `evaluation.samples` samples each, and measures the two again with other noise.
 * @throws InputError as `loadSetup`, and for counts that are no whole numbers from 1 on; the signal's reason where it is aborted
 */
export async function searchModelGrid(request: GridSearchRequest): Promise<ConfirmedGrid> {
  const { loaded, model: student, scorer, rounds, tries, open, onEvent, signal } = request;
  const setup = await loadSetup({ loaded, given: { student, ...(scorer ? { scorer } : {}) }, onEvent }, open);
  const { engine, corpus, evaluated } = setup;
  onEvent?.({ kind: 'text', data: setup.config.data, corpus });
  notesOf(setup).forEach((note) => onEvent?.(note));
  const config = plainly(setup);
  const { steps } = config.sampling;
  const { scorers, dispose } = await openJudges(config, engine, corpus, setup.models.scorer?.folder);
  // Those of the search, which one step leaves nothing to do, and two that confirm.
  const cells = (steps === 1 ? 1 : 6 + rounds * tries) + 2;
  let done = 0;
  const onRow = (row: SweepCell) => onEvent?.({ kind: 'cell', row, done: ++done, cells });
  const sample = (streams: EvaluationContext['streams'], grids: readonly Float64Array[]) =>
    sweepModels({ config, engine, corpus, streams, scorers, onRow, signal }, onGrids(evaluated[0]!, grids));
  try {
    const found = await searchGrid({
      ...{ steps, rounds, tries, tolerance: config.evaluation.tolerance },
      random: setup.streams.evaluation('grids'),
      judge: async (grids) => (await sample(setup.streams, grids)).map(qualityOf),
    });
    const seed = evaluationSeed(config) + 1;
    const others = streamsOf({ ...config, evaluation: { ...config.evaluation, seed } });
    const [best, uniform] = await sample(others, [found.best.grid, found.uniform.grid]);
    const confirmed = { best: best!, uniform: uniform! };
    const judges = scorers.map(({ name }) => [name, perplexityRatio(confirmed.best, confirmed.uniform, name)] as const);
    return { ...found, confirmed, ratios: Object.fromEntries(judges) };
  } finally {
    dispose();
  }
}

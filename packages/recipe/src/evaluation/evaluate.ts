import { type Communicator, oneRank } from '@idlm/core-diffusion/ranks';
import { textLength } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import {
  type Judge,
  type SweepCell,
  type SweptModel,
  autoregressiveModel,
  diffusionModel,
  sweep,
} from '@idlm/evaluation';
import { configuredAnswer } from '../config/answer';
import type { Config } from '../config/schema';
import type { Baseline } from '../models/baseline';
import { shaperBehindTemperature, sweptTemperatures } from '../resolved/sampling';
import type { Streams } from '../resolved/streams';
import { type Denoisers, type SamplingLoad, openDenoisers } from '../sampling/denoisers';
import { drawnByRanks } from '../sampling/drawn-by-ranks';
import { baselineEnvironment } from '../sampling/left-to-right';
import { samplingLoad } from '../sampling/sampling-work';
import type { PreparedCorpus } from '../text/corpus';
import { BASELINE, type EvaluatedModel } from './evaluated-model';
import { measuresOf } from './measures';

/** What a sweep needs beside its models. */
export interface EvaluationContext {
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  readonly streams: Streams;
  readonly scorers: readonly Judge[];
  readonly onRow?: (row: SweepCell) => void;
  readonly signal?: AbortSignal;
  /** Processes that share the rows of samples (default: this one alone). */
  readonly ranks?: Communicator;
}

/** What all cells of a sweep sample. */
function loadOf(
  { config, corpus }: EvaluationContext,
  evaluated: readonly EvaluatedModel[],
  baseline?: Baseline,
): SamplingLoad {
  const { samples } = config.evaluation;
  const { length } = corpus.heldOut;
  const all = [...evaluated, ...(baseline ? [{ ...baseline, steps: [length] }] : [])];
  const batch = Math.min(samples, config.sampling.batch);
  const shared = { count: samples * sweptTemperatures(config).length, length, batch };
  return samplingLoad(all.flatMap(({ network, steps }) => steps.map((one) => ({ ...shared, network, steps: one }))));
}

/** The baseline as a sweep sees it. */
const baselineModel = (baseline: Baseline, denoisers: Denoisers) =>
  autoregressiveModel({
    name: BASELINE,
    length: textLength(baseline.network.config),
    ...baselineEnvironment(baseline, denoisers),
  });

/** A model of whose samples each rank draws some rows. */
const sharedModel = (model: SweptModel, ranks: Communicator): SweptModel => ({
  ...model,
  draw: ({ batch, firstRow = 0, clamp, ...request }) =>
    drawnByRanks(ranks, { batch, firstRow, clamp, length: request.length }, (rows) =>
      model.draw({ ...request, ...rows }),
    ),
});

/**
 * Samples every model at its steps and all temperatures, and the baseline, and measures quality with diversity. Where text
 * has prompts, samples go on from those of held-out rows, and what they write is judged.
 */
export async function sweepModels(
  context: EvaluationContext,
  evaluated: readonly EvaluatedModel[],
  baseline?: Baseline,
): Promise<SweepCell[]> {
  const { config, corpus, scorers, streams, ranks = oneRank } = context;
  const { samples } = config.evaluation;
  const denoisers = openDenoisers(context, loadOf(context, evaluated, baseline));
  const models = evaluated.map(({ name, family, sampling, network, parameters, steps }) => {
    const { sampler, spacing } = sampling;
    const denoise = denoisers.of({ network, parameters, schedule: family.schedule });
    const { timeConditioned } = network.config;
    return diffusionModel({ name, family, sampler, grid: spacing, denoise, timeConditioned, steps });
  });
  const { length } = corpus.heldOut;
  try {
    return await sweep({
      models: [...models, ...(baseline ? [baselineModel(baseline, denoisers)] : [])].map((model) =>
        sharedModel(model, ranks),
      ),
      temperatures: sweptTemperatures(config),
      shape: shaperBehindTemperature(config.sampling, corpus.tokenizer),
      samples,
      maxRows: config.sampling.batch,
      length,
      random: streams.evaluation('evaluation'),
      scorers,
      data: corpus.heldOut,
      prompted: corpus.isPrompted,
      answer: configuredAnswer(config),
      mauve: config.evaluation.mauve,
      ...measuresOf(corpus),
      onRow: context.onRow,
      signal: context.signal,
    });
  } finally {
    denoisers.dispose();
  }
}

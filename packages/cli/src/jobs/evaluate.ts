import { type Family, InputError, type Parameters, randomStream } from '@idlm/core-diffusion';
import { type DitConfig, dit, hostDenoiser } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { type Scorer, type SweepRow, autoregressiveModel, diffusionModel, sweep } from '@idlm/evaluation';
import { type Config, samplerFor } from '../config';
import { type Baseline, baselineEnvironment } from './baseline';
import type { PreparedCorpus } from './corpus';
import { BASELINE } from '../report/data';

/** A model to sweep, by name. */
export interface Contestant {
  readonly name: string;
  readonly family: Family;
  readonly network: DitConfig;
  readonly parameters: Parameters;
  readonly steps: readonly number[];
}

/** What a sweep needs beside its models. */
export interface EvaluationContext {
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  readonly scorers: readonly Scorer[];
  readonly onRow?: (row: SweepRow) => void;
  readonly signal?: AbortSignal;
}

/**
 * Samples every contestant at its steps and all temperatures, and the baseline, and measures quality with diversity.
 * @throws InputError for text with prompts, which samples would lack
 */
export async function evaluate(
  context: EvaluationContext,
  contestants: readonly Contestant[],
  baseline?: Baseline,
): Promise<SweepRow[]> {
  const { config, engine, corpus, scorers } = context;
  const { samples, temperatures, seed } = config.evaluation;
  if (corpus.heldOut.valid)
    throw new InputError(
      'Text with prompts cannot be evaluated yet: samples would be written without them. Set data.promptField to null to judge whole texts.',
    );
  const denoisers = contestants.map(({ family, network, parameters }) =>
    hostDenoiser({ denoiser: dit(network), parameters, schedule: family.schedule, compile: engine.compile }),
  );
  const models = contestants.map(({ name, family, network, steps }, i) =>
    diffusionModel({
      name,
      family,
      sampler: samplerFor(config, family),
      denoise: denoisers[i]!,
      timeConditioned: network.timeConditioned,
      steps,
    }),
  );
  const writer = baseline && baselineEnvironment(baseline, engine);
  const { length } = config.data;
  try {
    return await sweep({
      models: writer ? [...models, autoregressiveModel({ name: BASELINE, length, ...writer })] : models,
      temperatures,
      samples,
      length,
      random: randomStream(seed).split('evaluation'),
      scorers,
      data: corpus.heldOut,
      decode: (ids) => corpus.tokenizer.decode(ids),
      words: corpus.words,
      padId: corpus.padId,
      onRow: context.onRow,
      signal: context.signal,
    });
  } finally {
    denoisers.forEach((denoise) => denoise.dispose());
    writer?.denoise.dispose();
  }
}

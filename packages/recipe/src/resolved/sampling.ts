import { type Family, type TimeGridOptions, timeGrid } from '@idlm/core-diffusion';
import {
  type LogitShaper,
  type Sampler,
  composeShapers,
  noRepeatedNGram,
  nucleus,
  repetitionPenalty,
  temperature,
  topK,
} from '@idlm/samplers';
import { samplerFor } from '../config/sampler';
import type { Config } from '../config/schema';
import type { Tokenizer } from '@idlm/data';

/** How a diffusion model is sampled as configured: all of `sampling`, so that no command leaves a part of it out. */
export interface Sampling {
  readonly sampler: Sampler;
  /** Changes of logits, the temperature first. */
  readonly shape: LogitShaper;
  /** How steps are spaced in time. */
  readonly spacing: TimeGridOptions;
  /** Rows that are sampled at once. */
  readonly maxRows: number;
  /** Times from noise to text, in so many steps (default: the configured ones). */
  grid(steps?: number): Float64Array;
}

/** The configured changes of logits behind the temperature: against repetition, of which padding is none, top-k, then the nucleus. */
export function shaperBehindTemperature(
  sampling: Config['sampling'],
  { padId }: Pick<Tokenizer, 'padId'>,
): LogitShaper {
  const { repetitionPenalty: penalty, noRepeatedNGram: n, topK: k, nucleus: p, nucleusRule } = sampling;
  return composeShapers(
    ...(penalty === 1 ? [] : [repetitionPenalty(penalty, Infinity, padId)]),
    ...(n === null ? [] : [noRepeatedNGram(n, padId)]),
    ...(k === null ? [] : [topK(k)]),
    ...(p === 1 ? [] : [nucleus(p, nucleusRule)]),
  );
}

/** The configured changes of logits, in the usual order. */
export const configuredShaper = (sampling: Config['sampling'], tokenizer: Pick<Tokenizer, 'padId'>): LogitShaper =>
  composeShapers(
    ...(sampling.temperature === 1 ? [] : [temperature(sampling.temperature)]),
    shaperBehindTemperature(sampling, tokenizer),
  );

/** How models of a family are sampled as configured. */
export function resolveSampling(config: Config, family: Family, tokenizer: Pick<Tokenizer, 'padId'>): Sampling {
  const { spacing, steps, batch } = config.sampling;
  return {
    sampler: samplerFor(config, family),
    shape: configuredShaper(config.sampling, tokenizer),
    spacing: { spacing },
    maxRows: batch,
    grid: (count = steps) => timeGrid(count, { spacing }),
  };
}

/** Temperatures of a sweep: the listed ones, else the one that text is sampled at. */
export const sweptTemperatures = ({ evaluation, sampling }: Config): readonly number[] =>
  evaluation.temperatures ?? [sampling.temperature];

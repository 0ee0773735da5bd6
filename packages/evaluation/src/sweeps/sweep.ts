import type { RandomStream, TokenBatch } from '@idlm/core-diffusion';
import { temperature } from '@idlm/samplers';
import { dictionaryWordRate, distinct } from '../metrics/diversity';
import { type DriftReference, driftReference } from '../drift-guard';
import type { Drift } from '../metrics/drift';
import { mean, standardError, unigramEntropy } from '../metrics/entropy';
import { summariseLikelihood } from '../metrics/perplexity';
import type { Scorer } from '../scorers/scorer';
import type { SweptModel } from './swept-model';

/** What is swept, and how samples are judged. */
export interface SweepOptions {
  readonly models: readonly SweptModel[];
  readonly temperatures: readonly number[];
  readonly samples: number;
  readonly length: number;
  readonly random: RandomStream;
  readonly scorers: readonly Scorer[];
  /** Held-out rows, two or more, of which a drawn half is what drift is measured from. */
  readonly data: TokenBatch;
  readonly decode: (ids: Int32Array) => string;
  readonly words: ReadonlySet<string>;
  /** The padding token, where rows are padded. */
  readonly padId?: number;
  readonly onRow?: (row: SweepRow) => void;
  readonly signal?: AbortSignal;
}

/** One cell of a sweep: a model at a number of steps and a temperature. */
export interface SweepRow {
  readonly model: string;
  readonly steps: number;
  readonly temperature: number;
  readonly samples: number;
  /** Calls that had to follow one another, after caching; see `Sample` of `@idlm/samplers`. */
  readonly networkCalls: number;
  /** Evaluations per sequence, after caching: what a single sequence costs. */
  readonly evaluationsPerSample: number;
  /** Generative perplexity by scorer. */
  readonly perplexity: Readonly<Record<string, number>>;
  /** Mean unigram entropy of a sample, and its standard error. */
  readonly entropy: number;
  readonly entropyError: number;
  readonly distinct: readonly [one: number, two: number, three: number];
  readonly wordRate: number;
  readonly drift: Drift;
  /** What as many rows of the data itself show: drift up to here is chance. */
  readonly driftFloor: Drift;
  /** The first few samples as text. */
  readonly examples: readonly string[];
}

async function perplexities(scorers: readonly Scorer[], samples: TokenBatch): Promise<Record<string, number>> {
  const out: Record<string, number> = {};
  for (const scorer of scorers) out[scorer.name] = summariseLikelihood(await scorer.score(samples)).perplexity;
  return out;
}

/** Metrics of one set of samples. */
async function measure(options: SweepOptions, reference: DriftReference, samples: TokenBatch) {
  const entropies = unigramEntropy(samples);
  const texts = Array.from({ length: samples.batch }, (_, row) =>
    options.decode(samples.ids.subarray(row * samples.length, (row + 1) * samples.length)),
  );
  return {
    perplexity: await perplexities(options.scorers, samples),
    entropy: mean(entropies),
    entropyError: standardError(entropies),
    distinct: [distinct(samples, 1), distinct(samples, 2), distinct(samples, 3)] as const,
    wordRate: dictionaryWordRate(texts, options.words),
    drift: reference.of(samples),
    driftFloor: reference.floor,
    examples: texts.slice(0, 8),
  };
}

/**
 * Samples every model at every number of steps and temperature, and judges quality together with diversity. All cells
 * draw from the same random stream, so that models are compared on the same noise.
 * @throws InputError if fewer than two rows of data are held out
 */
export async function sweep(options: SweepOptions): Promise<SweepRow[]> {
  const { models, temperatures, samples, length, random, signal } = options;
  const reference = driftReference({
    data: options.data,
    samples,
    random: random.split('drift'),
    padId: options.padId,
  });
  const rows: SweepRow[] = [];
  for (const model of models) {
    for (const tau of temperatures) {
      for (const steps of model.steps) {
        const shape = tau === 1 ? undefined : temperature(tau);
        const drawn = await model.draw({ steps, batch: samples, length, random, shape, signal });
        const { tokens, networkCalls, rowEvaluations } = drawn;
        const measured = await measure(options, reference, { ids: tokens, batch: samples, length });
        const row = {
          model: model.name,
          steps,
          temperature: tau,
          samples,
          networkCalls,
          evaluationsPerSample: rowEvaluations / samples,
          ...measured,
        };
        rows.push(row);
        options.onRow?.(row);
      }
    }
  }
  return rows;
}

import type { RandomStream, TokenBatch } from '@idlm/core-diffusion';
import { type LogitShaper, composeShapers, temperature } from '@idlm/samplers';
import { driftReference } from '../drift-guard';
import type { Drift } from '../metrics/drift';
import { type MeasuredText, type Measures, measureText } from './measure';
import type { SweptModel } from './swept-model';

/** What is swept, and how samples are judged. */
export interface SweepOptions extends Measures {
  readonly models: readonly SweptModel[];
  readonly temperatures: readonly number[];
  /** Changes logits behind the temperature, such as a nucleus. */
  readonly shape?: LogitShaper;
  readonly samples: number;
  /** Samples that are drawn at once (default: all). */
  readonly maxRows?: number;
  readonly length: number;
  readonly random: RandomStream;
  /** Held-out rows, two or more, of which a drawn half is what drift is measured from. */
  readonly data: TokenBatch;
  /** The padding token, where rows are padded. */
  readonly padId?: number;
  readonly onRow?: (row: SweepRow) => void;
  readonly signal?: AbortSignal;
}

/** One cell of a sweep: a model at a number of steps and a temperature. */
export interface SweepRow extends MeasuredText {
  readonly model: string;
  readonly steps: number;
  readonly temperature: number;
  /** Calls that had to follow one another, after caching; see `Sample` of `@idlm/samplers`. */
  readonly networkCalls: number;
  /** Evaluations per sequence, after caching: what a single sequence costs. */
  readonly evaluationsPerSample: number;
  readonly drift: Drift;
  /** What as many rows of the data itself show: drift up to here is chance. */
  readonly driftFloor: Drift;
}

/** Changes of logits at a temperature; none at 1 alone, where they stay as they are. */
const shaperAt = (tau: number, shape?: LogitShaper): LogitShaper | undefined =>
  tau === 1 ? shape : composeShapers(temperature(tau), ...(shape ? [shape] : []));

/**
 * Samples every model at every number of steps and temperature, and judges quality together with diversity. All cells
 * draw from the same random stream, so that models are compared on the same noise.
 * @throws InputError if fewer than two rows of data are held out
 */
export async function sweep(options: SweepOptions): Promise<SweepRow[]> {
  const { models, temperatures, samples, maxRows, length, random, signal } = options;
  const reference = driftReference({
    data: options.data,
    samples,
    random: random.split('drift'),
    padId: options.padId,
  });
  const rows: SweepRow[] = [];
  for (const model of models) {
    for (const tau of temperatures) {
      const shape = shaperAt(tau, options.shape);
      for (const steps of model.steps) {
        const drawn = await model.draw({ steps, batch: samples, maxRows, length, random, shape, signal });
        const { tokens, networkCalls, rowEvaluations } = drawn;
        const texts = { ids: tokens, batch: samples, length };
        const row = {
          model: model.name,
          steps,
          temperature: tau,
          networkCalls,
          evaluationsPerSample: rowEvaluations / samples,
          ...(await measureText(options, texts)),
          drift: reference.of(texts),
          driftFloor: reference.floor,
        };
        rows.push(row);
        options.onRow?.(row);
      }
    }
  }
  return rows;
}

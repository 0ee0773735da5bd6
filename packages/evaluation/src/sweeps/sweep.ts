import type { RandomStream } from '@idlm/core-diffusion';
import { type LogitShaper, type Sample, composeShapers, temperature } from '@idlm/samplers';
import { type DriftReference, driftReference } from '../drift-guard';
import type { Drift } from '../metrics/drift';
import type { Interval } from '../metrics/bootstrap';
import { type GivenRows, exactMatch, givenRows } from '../prompts';
import type { TextBatch } from '../rows';
import { type EntropyLoss, entropyLoss } from './entropy-loss';
import { type MeasuredText, type Measures, measureText } from './measure';
import { type Resemblance, resemblanceTo } from './resemblance';
import type { DrawRequest, SweptModel } from './swept-model';

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
  /**
   * Held-out rows, two or more, of which a drawn half is what drift is measured from. What is given in them, such as prompts,
   * samples are given too, each that of a row.
   */
  readonly data: TextBatch;
  /** Whether what is given asks for what stands behind it, so that it counts how many samples are their row exactly. */
  readonly prompted?: boolean;
  /** What of a sample must be its row's, as `answerOf` finds it (default: all of it). */
  readonly answer?: (text: string) => string | undefined;
  /** Whether samples are compared with rows of the data by MAUVE, under each judge that has features (default false). */
  readonly mauve?: boolean;
  readonly onRow?: (row: SweepCell) => void;
  readonly signal?: AbortSignal;
}

/** One cell of a sweep: a model at a number of steps and a temperature. */
export interface SweepCell extends MeasuredText {
  readonly model: string;
  readonly steps: number;
  readonly temperature: number;
  /** Network calls that had to follow one another for all samples, after caching; see `Sample` of `@idlm/samplers`. */
  readonly networkCalls: number;
  /** Network evaluations per sample (NFE), after caching: what a single sample costs. */
  readonly evaluationsPerSample: number;
  /** Wall clock of drawing all samples, in seconds; absent in older manifests. */
  readonly seconds?: number;
  readonly drift: Drift;
  /** What as many rows of the data itself show: drift up to here is chance. */
  readonly driftFloor: Drift;
  /** Share of samples that are what their prompt's row of text is, padding aside; absent without prompts. */
  readonly exactMatch?: number;
  /** Its 95 % bootstrap interval over samples. */
  readonly exactMatchInterval?: Interval;
  /** MAUVE of the samples and as many rows of the data, by judge; absent where it was not asked for. */
  readonly mauve?: Readonly<Record<string, number>>;
  /** What the sampler takes of diversity; absent where it keeps the law of the reversed process. */
  readonly entropyLoss?: EntropyLoss;
}

/** Changes of logits at a temperature; none at 1 alone, where they stay as they are. */
const shaperAt = (tau: number, shape?: LogitShaper): LogitShaper | undefined =>
  tau === 1 ? shape : composeShapers(temperature(tau), ...(shape ? [shape] : []));

/** How many samples are right. */
function matched({ padId, answer, decode }: SweepOptions, texts: TextBatch, { rows }: GivenRows) {
  const { share, interval } = exactMatch(texts, rows, { padId, ...(answer ? { answer: { of: answer, decode } } : {}) });
  return { exactMatch: share, exactMatchInterval: interval };
}

/** What a model's sampler takes of diversity, by as many samples of one that keeps the law. */
async function lossOf(
  { reference }: SweptModel,
  asked: DrawRequest,
  drawn: Sample,
  given?: GivenRows,
): Promise<EntropyLoss | undefined> {
  return reference && entropyLoss(reference.sampler, [await reference.draw(asked), drawn], given?.rows.valid);
}

/** Judges the samples of a cell. */
async function judge(
  options: SweepOptions,
  reference: DriftReference,
  { tokens, batch, length }: Sample,
  given?: GivenRows,
  resemblance?: Resemblance,
) {
  const texts: TextBatch = { ids: tokens, batch, length, valid: given?.rows.valid };
  return {
    ...(await measureText(options, texts)),
    drift: reference.of(texts),
    driftFloor: reference.floor,
    ...(options.prompted && given ? matched(options, texts, given) : {}),
    ...(resemblance ? { mauve: await resemblance.of(texts) } : {}),
  };
}

/**
 * Samples every model at every number of steps and temperature, and judges quality together with diversity. All cells
 * draw from the same random stream, and are given the same prompts, so that models are compared on the same noise.
 * @throws InputError if fewer than two rows of data are held out, and as `exactMatch` and `resemblanceTo`
 * @example
 * ```ts
 * import { diffusionModel, nGramScorer, sweep } from '@idlm/evaluation';
 * import { ancestral, mdlm, randomStream } from '@idlm/samplers';
 *
 * const data = { ids: Int32Array.from({ length: 64 }, (_, i) => i % 2), batch: 8, length: 8 };
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 3);
 * const family = mdlm({ vocabSize: 3, maskId: 2 });
 * const model = diffusionModel({ name: 'student', steps: [1, 4], denoise, family, sampler: ancestral() });
 * const rows = await sweep({
 *   models: [model],
 *   temperatures: [1],
 *   samples: 4,
 *   length: 8,
 *   random: randomStream(1),
 *   data,
 *   scorers: [nGramScorer(data.ids, { order: 2, vocabSize: 3 })],
 *   decode: (ids) => Array.from(ids, (id) => 'ab?'[id]).join(''),
 *   words: new Set(),
 * });
 * for (const { steps, perplexity } of rows) console.log(steps, perplexity['n-gram']! > 1); // → 1 true
 * // → 4 true
 * ```
 */
export async function sweep(options: SweepOptions): Promise<SweepCell[]> {
  const { models, temperatures, samples, maxRows, length, random, data, padId, signal } = options;
  const reference = driftReference({ data, samples, random: random.split('drift'), padId });
  const given = givenRows(data, samples, random.split('prompts'));
  const resemblance = options.mauve
    ? await resemblanceTo(options, data, { samples, random: random.split('mauve') })
    : undefined;
  const rows: SweepCell[] = [];
  for (const model of models) {
    for (const tau of temperatures) {
      const shape = shaperAt(tau, options.shape);
      for (const steps of model.steps) {
        const asked = { steps, batch: samples, maxRows, length, clamp: given?.clamp, random, shape, signal };
        const began = performance.now();
        const drawn = await model.draw(asked);
        const seconds = (performance.now() - began) / 1000;
        const loss = await lossOf(model, asked, drawn, given);
        const row = {
          model: model.name,
          steps,
          temperature: tau,
          networkCalls: drawn.networkCalls,
          evaluationsPerSample: drawn.rowEvaluations / samples,
          seconds,
          ...(await judge(options, reference, drawn, given, resemblance)),
          ...(loss ? { entropyLoss: loss } : {}),
        };
        rows.push(row);
        options.onRow?.(row);
      }
    }
  }
  return rows;
}

import {
  type Compile,
  type Denoiser,
  type Family,
  type LossFeeds,
  type Parameters,
  type RandomStream,
  type Uploaded,
  batchLoss,
  compileNamed,
  drawLoss,
  runPlainly,
  upload,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { mean, standardError } from './metrics/entropy';
import { type LikelihoodSummary, summariseLikelihood } from './metrics/perplexity';
import type { TextBatch } from './rows';

/** The network whose bound is measured, and what runs it. */
export interface BoundOptions {
  readonly family: Family;
  readonly denoiser: Denoiser;
  readonly compile?: Compile;
}

/** What a likelihood bound is estimated from. */
export interface BoundRequest {
  /** Those of the same network at every call. */
  readonly parameters: Parameters;
  /** Held-out batches, all of one shape. */
  readonly batches: readonly TextBatch[];
  readonly random: RandomStream;
  /** Draws of time and noise per batch (default 1, the references'). */
  readonly draws?: number;
}

/** A bound with its standard error over draws. */
export type MeasuredBound = LikelihoodSummary & { readonly standardError: number };

/** Measures the bound of one network again and again, compiled once. */
export interface LikelihoodBound {
  measure(request: BoundRequest): Promise<MeasuredBound>;
  dispose(): void;
}

/** What one estimate is computed from. */
interface BoundInputs {
  readonly parameters: Parameters;
  readonly fed: Uploaded<LossFeeds>;
}

/**
 * The bound on −ln p(x) per token that is not given, with antithetic times over each batch: the references' validation
 * estimate, unbiased for batches of equally many such tokens.
 * What is compiled serves every call; free it with `dispose`.
 */
export function likelihoodBound({ family, denoiser, compile = runPlainly }: BoundOptions): LikelihoodBound {
  const bound = compileNamed(compile, ({ parameters, fed }: BoundInputs) => ({
    loss: batchLoss({ family, denoiser }, parameters, fed),
  }));
  return {
    async measure({ parameters, batches, random, draws = 1 }) {
      const values: number[] = [];
      for (const [b, batch] of batches.entries()) {
        for (let draw = 0; draw < draws; draw++) {
          const fed = upload(drawLoss(family, batch, random.split(b).split(draw)));
          const { loss } = bound.run({ parameters, fed });
          values.push((await loss.data())[0]!);
          tf.dispose([loss, fed]);
        }
      }
      return {
        ...summariseLikelihood([mean(values)]),
        standardError: values.length > 1 ? standardError(values) : NaN,
      };
    },
    dispose: bound.dispose,
  };
}

/** `likelihoodBound`, measured once. */
export async function nelboPerplexity(options: BoundOptions & BoundRequest): Promise<MeasuredBound> {
  const bound = likelihoodBound(options);
  try {
    return await bound.measure(options);
  } finally {
    bound.dispose();
  }
}

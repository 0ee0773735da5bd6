import {
  type Compile,
  type Denoiser,
  type Family,
  type Fed,
  type Parameters,
  type RandomStream,
  drawTimes,
  floatFeed,
  networkLoss,
  reductionFactors,
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

/** Host: the draws of one batch, uploaded. */
function feedsOf(family: Family, { ids, batch, length, valid }: TextBatch, random: RandomStream): Fed {
  const times = drawTimes(batch, random.split('times'));
  const noise = family.noise({ ids, batch, length }, times, random.split('noise'), { valid });
  const factors = reductionFactors(noise['positions']!.values as Int32Array, batch, length, 'token-mean', valid);
  return upload({ ids: { values: ids, shape: [batch, length] }, factors: floatFeed(factors), ...noise });
}

/**
 * The bound on −ln p(x) per token that is not given, with antithetic times over each batch: the references' validation
 * estimate, unbiased for batches of equally many such tokens.
 * What is compiled serves every call; free it with `dispose`.
 */
export function likelihoodBound({ family, denoiser, compile = runPlainly }: BoundOptions): LikelihoodBound {
  let [names, keys]: [string[], string[]] = [[], []];
  const bound = compile((inputs) => {
    const given = Object.fromEntries(names.map((name, i) => [name, inputs[i]!]));
    const fed = Object.fromEntries(keys.map((key, i) => [key, inputs[names.length + i]!]));
    const clean = { ids: fed['ids']! };
    const noisy = family.corrupt(clean, fed);
    const perPosition = networkLoss({ family, denoiser }, given, clean, noisy, fed);
    return [tf.sum(tf.mul(perPosition, fed['factors']!))];
  });
  return {
    async measure({ parameters, batches, random, draws = 1 }) {
      names = Object.keys(parameters);
      const values: number[] = [];
      for (const [b, batch] of batches.entries()) {
        for (let draw = 0; draw < draws; draw++) {
          const fed = feedsOf(family, batch, random.split(b).split(draw));
          keys = Object.keys(fed);
          const [value] = bound([...names.map((name) => parameters[name]!), ...Object.values(fed)]) as [tf.Tensor];
          values.push((await value.data())[0]!);
          tf.dispose([value, ...Object.values(fed)]);
        }
      }
      return {
        ...summariseLikelihood([mean(values)]),
        standardError: values.length > 1 ? standardError(values) : NaN,
      };
    },
    dispose: () => bound.dispose(),
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

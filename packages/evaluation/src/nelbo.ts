import {
  type Denoiser,
  type Family,
  type Parameters,
  type RandomStream,
  type TokenBatch,
  drawTimes,
  floatFeed,
  networkLoss,
  reductionFactors,
  upload,
} from '@idlm/core-diffusion';
import { type Compile, runPlainly } from '@idlm/denoiser';
import * as tf from '@tensorflow/tfjs-core';
import { mean, standardError } from './metrics/entropy';
import { type LikelihoodSummary, summariseLikelihood } from './metrics/perplexity';

/** What a likelihood bound is estimated from. */
export interface NelboOptions {
  readonly family: Family;
  readonly denoiser: Denoiser;
  readonly parameters: Parameters;
  /** Held-out batches, all of one shape. */
  readonly batches: readonly TokenBatch[];
  readonly random: RandomStream;
  /** Draws of time and noise per batch (default 1, the references'). */
  readonly draws?: number;
  readonly compile?: Compile;
}

/**
 * The bound on −ln p(x) per token, with antithetic times over each batch: the references' validation estimate, unbiased.
 * @returns the bound with its standard error over draws
 */
export async function nelboPerplexity({
  family,
  denoiser,
  parameters,
  batches,
  random,
  draws = 1,
  compile = runPlainly,
}: NelboOptions): Promise<LikelihoodSummary & { readonly standardError: number }> {
  const names = Object.keys(parameters);
  let keys: string[] = [];
  const bound = compile((inputs) => {
    const given = Object.fromEntries(names.map((name, i) => [name, inputs[i]!]));
    const fed = Object.fromEntries(keys.map((key, i) => [key, inputs[names.length + i]!]));
    const clean = { ids: fed['ids']! };
    const noisy = family.corrupt(clean, fed);
    const perPosition = networkLoss({ family, denoiser }, given, clean, noisy, fed);
    return [tf.sum(tf.mul(perPosition, fed['factors']!))];
  });
  const values: number[] = [];
  for (const [b, { ids, batch, length }] of batches.entries()) {
    for (let draw = 0; draw < draws; draw++) {
      const stream = random.split(b).split(draw);
      const noise = family.noise(
        { ids, batch, length },
        drawTimes(batch, stream.split('times')),
        stream.split('noise'),
      );
      const factors = reductionFactors(noise['positions']!.values as Int32Array, batch, length, 'token-mean');
      const fed = upload({ ids: { values: ids, shape: [batch, length] }, factors: floatFeed(factors), ...noise });
      keys = Object.keys(fed);
      const [value] = bound([...names.map((name) => parameters[name]!), ...Object.values(fed)]) as [tf.Tensor];
      values.push((await value.data())[0]!);
      tf.dispose([value, ...Object.values(fed)]);
    }
  }
  bound.dispose();
  return { ...summariseLikelihood([mean(values)]), standardError: values.length > 1 ? standardError(values) : NaN };
}

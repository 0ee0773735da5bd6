import { InputError } from '@idlm/core-diffusion/sampling';
import type { LastOption } from '../finish';
import type { Sampler } from '../sampler';
import { ranked } from '../ranked';
import type { UnmaskingOrder } from './order';
import { sampleInOrder } from './sample-in-order';

/** Options of `maskgit`. */
export interface MaskgitOptions extends LastOption {
  /** How much Gumbel noise is added to log-confidences at t = 1; it falls to none at t = 0. From 0 on (default 4.5). */
  readonly noise?: number;
}

/** The largest ln p + noise · t · Gumbel, which draws positions without replacement. */
function annealedOrder(noise: number): UnmaskingOrder {
  return {
    spec: { name: 'maskgit', options: { noise } },
    readiness: (probabilities, token) => Math.log(probabilities[token]!),
    choose(readiness, { due, t, random }) {
      const gumbel = () => -Math.log(Math.max(Number.MIN_VALUE, -Math.log(1 - random.uniform())));
      return ranked(readiness.map((confidence) => confidence + noise * t * gumbel())).slice(0, due);
    },
  };
}

/**
 * MaskGIT: each step draws a token at every masked position and writes those of the highest confidence, as many as the grid says,
 * where the log-confidences have Gumbel noise that is annealed with time. At most one call per step. Its cosine schedule is
 * that of a grid with cosine spacing, its linear one that of an even grid.
 * @throws InputError for noise below 0, and an unknown last step
 * Source: Chang et al., MaskGIT (arXiv 2202.04200), iterative decoding.
 */
export function maskgit({ noise = 4.5, last }: MaskgitOptions = {}): Sampler {
  if (!(noise >= 0 && noise < Infinity))
    throw new InputError(`The noise of confidences is a number from 0 on; ${noise} was given.`);
  return sampleInOrder(annealedOrder(noise), { last });
}

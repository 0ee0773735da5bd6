import { InputError } from '../errors';
import type { RandomStream } from './stream';

/** What keeps a category from being drawn, as a phrase. */
function faultOf(weights: ArrayLike<number>): string {
  const all = Array.from(weights);
  const at = all.findIndex((weight) => Number.isNaN(weight) || weight === Infinity);
  if (at >= 0) return `weight ${at} of ${all.length} is ${all[at]}`;
  return all.some((weight) => weight > 0) ? 'their sum is infinite' : `none of the ${all.length} is above 0`;
}

/**
 * The entry that `uniform` ∈ [0, 1) picks by inverse CDF from unnormalised weights; never one of weight 0 or below.
 * @throws InputError if a weight is NaN, or the positive ones have no positive, finite sum
 * @example
 * ```ts
 * import { pickCategory } from '@idlm/core-diffusion';
 *
 * console.log(pickCategory([1, 0, 3], 0.2), pickCategory([1, 0, 3], 0.25)); // → 0 2
 * ```
 */
export function pickCategory(weights: ArrayLike<number>, uniform: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) if (!(weights[i]! <= 0)) total += weights[i]!;
  if (!(total > 0 && total < Infinity)) {
    throw new InputError(`A category is drawn from weights with a positive, finite sum; ${faultOf(weights)}.`);
  }
  let left = uniform * total;
  let last = -1;
  for (let i = 0; i < weights.length; i++) {
    if (!(weights[i]! > 0)) continue;
    last = i;
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return last;
}

/**
 * Draws a category from unnormalised weights [V] with one float64 uniform through the cumulative sum. Unlike V float32
 * Gumbels, this does not lower the temperature (arXiv 2409.02908).
 * @throws InputError if a weight is NaN, or the positive ones have no positive, finite sum
 * @example
 * ```ts
 * import { categorical, randomStream } from '@idlm/core-diffusion';
 *
 * const random = randomStream(1);
 * const drawn = Array.from({ length: 1000 }, () => categorical([1, 0, 3], random));
 * console.log(drawn.filter((category) => category === 2).length); // → 760
 * ```
 */
export const categorical = (weights: ArrayLike<number>, random: RandomStream): number =>
  pickCategory(weights, random.uniform());

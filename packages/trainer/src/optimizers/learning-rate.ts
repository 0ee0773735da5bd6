import { InputError } from '@idlm/core-diffusion';

/** How the learning rate moves over a run. */
export interface LearningRateOptions {
  /** Highest rate, above 0. */
  readonly rate: number;
  /** Updates of linear warm-up from 0, a whole number or more (default 0). */
  readonly warmup?: number;
  /** Total updates, above `warmup`; needed for a decay. */
  readonly total?: number;
  /** Share of the rate that a cosine decay ends at, in [0, 1]; none by default. */
  readonly decayTo?: number;
}

/**
 * The rate of update k = 0, 1, …: linear warm-up rate · (k + 1)/W over the first W updates, then constant, or a cosine
 * rate · (s + (1 − s) (1 + cos π p)/2) down to a share s, where p goes from 0 to 1 between the warm-up and the total, and stays 1.
 * @throws InputError unless rate, warm-up and share are in their ranges, and for a decay without a total
 * Source: the cosine is that of Loshchilov & Hutter (arXiv 1608.03983), equation 5, without restarts.
 * @example
 * ```ts
 * import { learningRate } from '@idlm/trainer';
 *
 * const rate = learningRate({ rate: 1, warmup: 4, total: 12, decayTo: 0 });
 * console.log(...[0, 1, 3, 8, 12].map((update) => rate(update).toFixed(2))); // → 0.25 0.50 1.00 0.50 0.00
 * ```
 */
export function learningRate({ rate, warmup = 0, total, decayTo }: LearningRateOptions): (update: number) => number {
  if (!(rate > 0 && rate < Infinity)) throw new InputError(`A learning rate is above 0; ${rate} was given.`);
  if (!(warmup >= 0 && warmup < Infinity))
    throw new InputError(`The warm-up of a learning rate takes 0 updates or more; ${warmup} was given.`);
  if (decayTo !== undefined && !(decayTo >= 0 && decayTo <= 1))
    throw new InputError(`A learning rate decays to a share of it, in [0, 1]; ${decayTo} was given.`);
  if (decayTo !== undefined && !(total !== undefined && total > warmup)) {
    throw new InputError(`A decaying learning rate needs a total number of updates above its ${warmup} of warm-up.`);
  }
  return (update) => {
    if (update < warmup) return (rate * (update + 1)) / warmup;
    if (decayTo === undefined) return rate;
    const progress = Math.min(1, (update - warmup) / (total! - warmup));
    return rate * (decayTo + (1 - decayTo) * 0.5 * (1 + Math.cos(Math.PI * progress)));
  };
}

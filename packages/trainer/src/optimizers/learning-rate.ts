import { InputError } from '@idlm/core-diffusion';

/** How the learning rate moves over a run. */
export interface LearningRateOptions {
  /** Highest rate. */
  readonly rate: number;
  /** Updates of linear warm-up from 0 (default 0). */
  readonly warmup?: number;
  /** Total updates; needed for a decay. */
  readonly total?: number;
  /** Share of the rate that a cosine decay ends at; none by default. */
  readonly decayTo?: number;
}

/**
 * The rate of update k = 0, 1, …: linear warm-up over the first updates, then constant, or a cosine down to a share.
 * @throws InputError unless the rate is above 0, and for a decay without a total
 * @example
 * ```ts
 * import { learningRate } from '@idlm/trainer';
 *
 * const rate = learningRate({ rate: 1, warmup: 4, total: 12, decayTo: 0 });
 * console.log(...[0, 1, 3, 8, 12].map((update) => rate(update).toFixed(2))); // → 0.25 0.50 1.00 0.50 0.00
 * ```
 */
export function learningRate({ rate, warmup = 0, total, decayTo }: LearningRateOptions): (update: number) => number {
  if (!(rate > 0)) throw new InputError(`A learning rate is above 0; ${rate} was given.`);
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

import { InputError } from './errors';
import type { RandomStream } from './random/stream';

/** How training times are drawn. */
export interface TimeOptions {
  /** Low-discrepancy times: u_i ← (u_i + i)/n mod 1 over the whole batch (default true). */
  readonly antithetic?: boolean;
  /** Smallest time ε; t = (T − ε) u + ε (default 1e-3). */
  readonly samplingEps?: number;
  /** Largest time T, in (ε, 1] (default 1). */
  readonly largest?: number;
  /** Which part of a larger batch these times are for, so that antithetic times stay even over the whole of it. */
  readonly part?: BatchPart;
}

/** Part `index` = 0 … `of` − 1 of a batch that is run in equal parts (accumulation steps, workers). */
export interface BatchPart {
  readonly index: number;
  readonly of: number;
}

/** t_i from given uniforms; see `drawTimes`. */
export function timesFromUniforms(
  uniforms: Float64Array,
  { antithetic = true, samplingEps = 1e-3, largest = 1, part = { index: 0, of: 1 } }: TimeOptions = {},
): Float64Array {
  const count = uniforms.length;
  // Row i of part p is row i·of + p of the whole batch: (u + i·of + p)/(count·of).
  const spread = (u: number, i: number) => ((u + part.index) / part.of / count + i / count) % 1;
  return uniforms.map((u, i) => (largest - samplingEps) * (antithetic ? spread(u, i) : u) + samplingEps);
}

/**
 * Times of a training batch, [count]. A batch that is run in parts names them by `part`: antithetic times would lose
 * their even spread if each part drew as if it were the whole.
 * @throws InputError if samplingEps is not in [0, 1), or the largest time is not in (samplingEps, 1]
 * Source: MDLM repository, `_sample_t`.
 * @example
 * ```ts
 * import { drawTimes, randomStream } from '@idlm/core-diffusion';
 *
 * const times = drawTimes(4, randomStream(1));
 * console.log(...Array.from(times, (t) => t.toFixed(2)).sort()); // → 0.02 0.36 0.66 1.00
 * ```
 */
export function drawTimes(count: number, random: RandomStream, options: TimeOptions = {}): Float64Array {
  const eps = options.samplingEps ?? 1e-3;
  if (!(eps >= 0 && eps < 1)) throw new InputError(`samplingEps must lie in [0, 1); ${eps} was given.`);
  const largest = options.largest ?? 1;
  if (!(largest > eps && largest <= 1))
    throw new InputError(`The largest time must lie in (${eps}, 1]; ${largest} was given.`);
  return timesFromUniforms(random.uniforms(count), options);
}

import { InputError } from './errors';
import type { RandomStream } from './random/stream';

/** How training times are drawn. */
export interface TimeOptions {
  /** Low-discrepancy times: u_i ← (u_i + i)/n mod 1 over the whole batch (default true). */
  readonly antithetic?: boolean;
  /** Smallest time ε; t = (1 − ε) u + ε (default 1e-3). */
  readonly samplingEps?: number;
}

/** t_i from given uniforms; see `drawTimes`. */
export function timesFromUniforms(
  uniforms: Float64Array,
  { antithetic = true, samplingEps = 1e-3 }: TimeOptions = {},
): Float64Array {
  const count = uniforms.length;
  return uniforms.map((u, i) => (1 - samplingEps) * (antithetic ? (u / count + i / count) % 1 : u) + samplingEps);
}

/**
 * Times of a training batch, [count]. Draw them for the global batch and split afterwards: antithetic times lose their
 * even spread when each part draws its own.
 * @throws InputError if samplingEps is not in [0, 1)
 * Source: MDLM repository, `_sample_t`.
 */
export function drawTimes(count: number, random: RandomStream, options: TimeOptions = {}): Float64Array {
  const eps = options.samplingEps ?? 1e-3;
  if (!(eps >= 0 && eps < 1)) throw new InputError(`samplingEps must lie in [0, 1); ${eps} was given.`);
  return timesFromUniforms(random.uniforms(count), options);
}

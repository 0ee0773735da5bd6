import { InputError } from '@idlm/core-diffusion/sampling';
import { argMax } from '../arg-max';
import { ranked } from '../ranked';
import type { LogitShaper } from '../sampler';

/** Several shapers, applied in order. */
export const composeShapers =
  (...shapers: readonly LogitShaper[]): LogitShaper =>
  (logits, row) =>
    shapers.forEach((shaper) => shaper(logits, row));

/** Leaves the likeliest token alone. */
const greedy: LogitShaper = (logits) => {
  const best = argMax(logits);
  for (let v = 0; v < logits.length; v++) if (v !== best) logits[v] = -Infinity;
};

/**
 * Divides logits by τ; at 0 the likeliest token alone remains, the first of several.
 * @throws InputError unless τ ≥ 0
 * @example
 * ```ts
 * import { temperature } from '@idlm/samplers';
 *
 * const logits = Float64Array.of(1, 2);
 * temperature(0.5)(logits, { position: 0, t: 1, tokens: Int32Array.of(0) });
 * console.log(...logits); // → 2 4
 * ```
 */
export function temperature(tau: number): LogitShaper {
  if (!(tau >= 0 && tau < Infinity))
    throw new InputError(`The temperature is a number of at least 0; ${tau} was given.`);
  if (tau === 0) return greedy;
  return (logits) => {
    for (let v = 0; v < logits.length; v++) logits[v]! /= tau;
  };
}

/** Which token at the edge of the nucleus is kept. */
export type NucleusRule =
  /** The token that crosses p is kept (Duo). */
  | 'keep-crossing'
  /** It is dropped, unless it is the first (ReMDM, and IDLM's autoregressive sampling). */
  | 'drop-crossing';

/**
 * Top-p: only the likeliest tokens that together hold probability p remain.
 * @param p in (0, 1]
 * @throws InputError if p is out of range
 * Source: Holtzman et al. (arXiv 1904.09751); the two rules are those of the Duo and the ReMDM repository.
 * @example
 * ```ts
 * import { nucleus } from '@idlm/samplers';
 *
 * const logits = Float64Array.of(0.6, 0.3, 0.1).map(Math.log);
 * nucleus(0.5)(logits, { position: 0, t: 1, tokens: Int32Array.of(0) });
 * console.log(...logits.map(Math.exp)); // → 0.6 0 0
 * ```
 */
export function nucleus(p: number, rule: NucleusRule = 'keep-crossing'): LogitShaper {
  if (!(p > 0 && p <= 1)) throw new InputError(`The nucleus holds a probability in (0, 1]; ${p} was given.`);
  return (logits) => {
    if (p === 1) return;
    const order = ranked(logits);
    const top = logits[order[0]!]!;
    const total = logits.reduce((sum, value) => sum + Math.exp(value - top), 0);
    let before = 0;
    order.forEach((v, rank) => {
      const after = before + Math.exp(logits[v]! - top) / total;
      if (rank > 0 && (rule === 'keep-crossing' ? before : after) > p) logits[v] = -Infinity;
      before = after;
    });
  };
}

/**
 * Only tokens with a logit of at least the k-th largest remain (ties stay).
 * @throws InputError unless k is a whole number ≥ 1
 * @example
 * ```ts
 * import { topK } from '@idlm/samplers';
 *
 * const logits = Float64Array.of(3, 1, 2);
 * topK(2)(logits, { position: 0, t: 1, tokens: Int32Array.of(0) });
 * console.log(...logits); // → 3 -Infinity 2
 * ```
 */
export function topK(k: number): LogitShaper {
  if (!(Number.isInteger(k) && k >= 1))
    throw new InputError(`Top-k keeps a whole number of tokens, at least 1; ${k} was given.`);
  return (logits) => {
    const threshold = Float64Array.from(logits).sort()[Math.max(0, logits.length - k)]!;
    for (let v = 0; v < logits.length; v++) if (logits[v]! < threshold) logits[v] = -Infinity;
  };
}

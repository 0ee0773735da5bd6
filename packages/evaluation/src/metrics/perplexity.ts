/** Reductions of negative log-likelihoods. */
export interface LikelihoodSummary {
  /** Nats per token. */
  readonly nll: number;
  /** Bits per token, nll / ln 2. */
  readonly bitsPerToken: number;
  /** e^nll. */
  readonly perplexity: number;
}

/**
 * Σ nll·weight / Σ weight, pooled over everything, as all references report it.
 * @example
 * ```ts
 * import { summariseLikelihood } from '@idlm/evaluation';
 *
 * const { nll, perplexity } = summariseLikelihood([Math.log(2), Math.log(8), 99], [1, 1, 0]);
 * console.log(nll.toFixed(3), perplexity.toFixed(3)); // → 1.386 4.000
 * ```
 */
export function summariseLikelihood(nll: ArrayLike<number>, weights?: ArrayLike<number>): LikelihoodSummary {
  let [sum, total] = [0, 0];
  for (let i = 0; i < nll.length; i++) {
    const weight = weights?.[i] ?? 1;
    if (weight === 0) continue;
    sum += nll[i]! * weight;
    total += weight;
  }
  const value = sum / total;
  return { nll: value, bitsPerToken: value / Math.LN2, perplexity: Math.exp(value) };
}

/**
 * Weights of the targets 1 … L − 1 of a chunk under the references' generative perplexity, [L − 1]: a target counts
 * unless it is an end-of-text token other than the chunk's first one. An end-of-text at position 0 uses up that first one,
 * and text after it still counts: the reference's rule, kept so that numbers compare.
 * Source: MDLM repository, `compute_generative_perplexity`.
 */
export function generativeWeights(chunk: ArrayLike<number>, endOfText: number): Float64Array {
  let seen = Number(chunk[0] === endOfText);
  return Float64Array.from({ length: chunk.length - 1 }, (_, i) => {
    if (chunk[i + 1] !== endOfText) return 1;
    return Number(++seen === 1);
  });
}

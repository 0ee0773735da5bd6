import type { SamplerState } from '../../sampler';

/**
 * How the chance of remasking is shared among a row's settled tokens: the softmax of their confidences, so that those that were
 * decoded with little probability are the likeliest to go. Tokens that were given have none, and stay.
 * @param confidence −x_θ(token) when it was decoded, −∞ for masks and given tokens, [B·L]
 * @returns [B·L]
 */
export function sharesOf(confidence: Float64Array, length: number): Float64Array {
  const shares = new Float64Array(confidence.length);
  for (let at = 0; at < confidence.length; at += length) {
    const row = confidence.subarray(at, at + length);
    const top = Math.max(...row);
    if (top === -Infinity) continue;
    const weights = row.map((value) => Math.exp(value - top));
    const total = weights.reduce((a, b) => a + b);
    shares.set(
      weights.map((weight) => weight / total),
      at,
    );
  }
  return shares;
}

/** A copy of the confidences that a state carries; none where it was not made by this sampler. */
export const confidenceOf = ({ confidence, tokens }: SamplerState): Float64Array =>
  confidence?.slice() ?? new Float64Array(tokens.length).fill(-Infinity);

import { InputError } from '@idlm/core-diffusion/sampling';
import type { LastOption } from '../finish';
import type { Sampler } from '../sampler';
import { ranked } from '../ranked';
import type { UnmaskingOrder } from './order';
import { sampleInOrder } from './sample-in-order';

/** Options of `confidenceThreshold`. */
export interface ConfidenceThresholdOptions extends LastOption {
  /** Probability beyond which a token is written at once, from 0 to 1 (default 0.9). */
  readonly threshold?: number;
}

/** Every position whose drawn token is likelier than the threshold, and in any case the likeliest. */
function thresholdOrder(threshold: number): UnmaskingOrder {
  return {
    spec: { name: 'confidence-threshold', options: { threshold } },
    readiness: (probabilities, token) => probabilities[token]!,
    choose: (readiness) => ranked(readiness).filter((n, rank) => rank === 0 || readiness[n]! > threshold),
  };
}

/**
 * Confidence threshold: each call writes every token whose probability exceeds the threshold, at least one. The number of calls
 * adapts to the text, from one (threshold 0) to L; the grid says only when frames are shown.
 * @throws InputError for a threshold outside [0, 1], and an unknown last step
 * Source: Fast-dLLM (arXiv 2505.22618), confidence-aware parallel decoding.
 */
export function confidenceThreshold({ threshold = 0.9, last }: ConfidenceThresholdOptions = {}): Sampler {
  if (!(threshold >= 0 && threshold <= 1))
    throw new InputError(`A threshold of confidence is a probability from 0 to 1; ${threshold} was given.`);
  return sampleInOrder(thresholdOrder(threshold), { last });
}

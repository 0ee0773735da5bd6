import { InputError } from '@idlm/core-diffusion/sampling';
import type { LastOption } from '../finish';
import type { Sampler } from '../sampler';
import { ranked } from '../ranked';
import type { UnmaskingOrder } from './order';
import { sampleInOrder } from './sample-in-order';

/** Options of `entropyBounded`. */
export interface EntropyBoundedOptions extends LastOption {
  /** Nats that the entropies of what one call writes may sum to, the largest of them left out; from 0 on (default 0.1). */
  readonly bound?: number;
}

/** −Σ p ln p, in nats. */
function entropyOf(probabilities: Float64Array): number {
  let entropy = 0;
  for (const p of probabilities) if (p > 0) entropy -= p * Math.log(p);
  return entropy;
}

/** The positions of least entropy, as many as the bound allows. */
function boundedOrder(bound: number): UnmaskingOrder {
  return {
    spec: { name: 'entropy-bounded', options: { bound } },
    readiness: (probabilities) => -entropyOf(probabilities),
    choose(readiness) {
      const rising = ranked(readiness);
      // In rising order the last is the largest, so that the sum without it is that of those before.
      let before = 0;
      const tooMany = rising.findIndex((_, rank) => {
        if (rank > 0) before -= readiness[rising[rank - 1]!]!;
        return before > bound;
      });
      return tooMany < 0 ? rising : rising.slice(0, tooMany);
    },
  };
}

/**
 * Entropy-bounded unmasking: each call writes the positions of least entropy, as many as keep the sum of their entropies, less the
 * largest, within the bound. That sum bounds what independent draws lose against a joint one, their mutual information. The number of calls
 * adapts to the text; the grid says only when frames are shown.
 * @throws InputError for a bound below 0, and an unknown last step
 * Source: Ben-Hamu et al., EB-Sampler (arXiv 2505.24857), with the entropy as its measure of error.
 */
export function entropyBounded({ bound = 0.1, last }: EntropyBoundedOptions = {}): Sampler {
  if (!(bound >= 0 && bound < Infinity))
    throw new InputError(`A bound on entropy is a number of nats from 0 on; ${bound} was given.`);
  return sampleInOrder(boundedOrder(bound), { last });
}

import type { LastOption } from '../finish';
import type { Sampler } from '../sampler';
import { ranked } from '../ranked';
import type { UnmaskingOrder } from './order';
import { sampleInOrder } from './sample-in-order';

/** The largest probability less the second. */
function marginOf(probabilities: Float64Array): number {
  let [first, second] = [0, 0];
  for (const probability of probabilities) {
    if (probability > first) [first, second] = [probability, first];
    else if (probability > second) second = probability;
  }
  return first - second;
}

const order: UnmaskingOrder = {
  spec: { name: 'top-k-margin' },
  readiness: marginOf,
  choose: (readiness, { due }) => ranked(readiness).slice(0, due),
};

/**
 * Top-k margin: each step writes the positions at which the likeliest token is furthest ahead of the second, as many as the grid
 * says. At most one call per step.
 * @throws InputError for an unknown last step
 * Source: Kim et al., Train for the Worst, Plan for the Best (arXiv 2502.06768), top-K probability margin.
 */
export const topKMargin = (options: LastOption = {}): Sampler => sampleInOrder(order, options);

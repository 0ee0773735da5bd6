import type { Tensor } from '@tensorflow/tfjs-core';
import type { Family, LossTerms } from '../families/family';
import type { MarkedBatch } from '../noise/batch';
import type { NoiseFeeds, NoiseOptions, NoisyTokens } from '../noise/noise';
import type { RandomStream } from '../random/stream';
import { requireMembers } from '../required-members';
import { checkShape } from '../tensors/check-shape';

const FEED = { values: 'object', shape: 'object' } as const;
const NOISY = { input: 'object', ids: 'object', sigma: 'object', positions: 'object' } as const;

/**
 * Host: `Family.noise`, held against its contract.
 * @throws InputError as that, and naming the family and what its noise lacks of `NoiseFeeds`
 */
export function noiseOf<Noise extends NoiseFeeds>(
  family: Family<Noise>,
  clean: MarkedBatch,
  times: Float64Array,
  random: RandomStream,
  options?: NoiseOptions,
): Noise {
  const noise = family.noise(clean, times, random, options);
  const named = `What noise of the family "${family.spec.name}" gives`;
  requireMembers<NoiseFeeds>(named, noise, { positions: 'object', slots: 'object', sigma: 'object' });
  for (const name of ['positions', 'slots', 'sigma'] as const) requireMembers(`${named} as ${name}`, noise[name], FEED);
  return noise;
}

/** Noisy tokens, if they are some. @throws InputError naming the family and what its `corrupt` lacks */
export function requireNoisy(family: Pick<Family, 'spec'>, noisy: NoisyTokens): NoisyTokens {
  requireMembers(`What corrupt of the family "${family.spec.name}" gives`, noisy, NOISY);
  return noisy;
}

/** The loss of each slot, [N]. @throws InputError for a family whose loss has another shape, which would be spread over all */
export function perSlotOf(family: Pick<Family, 'spec'>, terms: LossTerms, { positions }: NoisyTokens): Tensor {
  const named = `loss of the family "${family.spec.name}"`;
  requireMembers(`What ${named} gives`, terms, { perPosition: 'object' });
  checkShape(`perPosition of the ${named}`, terms.perPosition, 'N', { N: positions.size });
  return terms.perPosition;
}

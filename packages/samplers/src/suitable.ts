import type { ForwardProcess } from '@idlm/core-diffusion/sampling';
import type { Sampler } from './sampler';
import { ancestral } from './samplers/ancestral';
import { ancestralCached } from './samplers/ancestral-cached';

/**
 * The sampler that suits a process: for an absorbing one `ancestral-cached`, which ends with the likeliest token of what is still
 * masked; for others `ancestral`, which ends in a draw, since a greedy end changes tokens that are long settled.
 */
export const suitableSampler = ({ unmasking }: Pick<ForwardProcess, 'unmasking'>): Sampler =>
  unmasking ? ancestralCached() : ancestral({ last: 'ancestral' });

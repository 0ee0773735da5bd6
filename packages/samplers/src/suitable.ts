import type { ForwardProcess, Spec } from '@idlm/core-diffusion/sampling';

/**
 * The sampler that suits a process, as `samplers` makes it: for an absorbing one `ancestral-cached`, which ends with the
 * likeliest token of what is still masked; for others `ancestral`, which ends in a draw, since a greedy end changes tokens that
 * are long settled.
 */
export const suitableSampler = ({ unmasking }: Pick<ForwardProcess, 'unmasking'>): Required<Spec> =>
  unmasking ? { name: 'ancestral-cached', options: {} } : { name: 'ancestral', options: { last: 'ancestral' } };

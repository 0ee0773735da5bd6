import type { Network, SamplerEnvironment } from './sampler';

/** The environment's network, a plain function too, with its defaults. */
export const networkOf = ({ denoise }: Pick<SamplerEnvironment, 'denoise'>): Required<Network> =>
  typeof denoise === 'function' ? { denoise, atOnce: 1 } : { atOnce: 1, ...denoise };

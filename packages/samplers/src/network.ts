import type { Network, SamplerEnvironment } from './sampler';

/** The environment's network, a plain function too, with its defaults. */
export const networkOf = ({ denoise }: Pick<SamplerEnvironment, 'denoise'>): Required<Network> => ({
  atOnce: 1,
  timesPerRow: false,
  ...(typeof denoise === 'function' ? { denoise } : denoise),
});

/** Whether rows at different times may share a call of the environment's network. */
export const sharesTimes = (environment: Pick<SamplerEnvironment, 'denoise' | 'timeConditioned'>): boolean =>
  environment.timeConditioned === false || networkOf(environment).timesPerRow;

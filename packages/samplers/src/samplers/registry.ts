import { createRegistry, readOptions } from '@idlm/core-diffusion';
import { LAST_STEPS } from '../finish';
import type { Sampler } from '../sampler';
import { ancestral } from './ancestral';
import { ancestralCached } from './ancestral-cached';
import { firstHitting } from './first-hitting';

/** The samplers by name; add your own with `samplers.register`. */
export const samplers = createRegistry<Sampler>('sampler');

const LAST = { last: LAST_STEPS } as const;

samplers.register('ancestral', {
  description: 'the posterior at every noisy position, one call per step',
  create: (options) => ancestral(readOptions('the ancestral sampler', options, LAST)),
});
samplers.register('ancestral-cached', {
  description: 'the same law, at most L evaluations per sequence',
  create: (options) => ancestralCached(readOptions('the ancestral-cached sampler', options, LAST)),
});
samplers.register('first-hitting', {
  description: 'the law of infinitely many steps, one token per call',
  create: (options) => firstHitting(readOptions('the first-hitting sampler', options, LAST)),
});

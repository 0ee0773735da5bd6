import { createRegistry, readOptions } from '@idlm/core-diffusion/sampling';
import { LAST_STEPS } from '../finish';
import type { Sampler } from '../sampler';
import { analytic } from './analytic';
import { ancestral } from './ancestral';
import { ancestralCached } from './ancestral-cached';
import { euler } from './euler';
import { firstHitting } from './first-hitting';
import { KAPPAS, psi } from './psi';
import { remdm } from './remdm/remdm';
import { STRATEGIES } from './remdm/strategies';

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
samplers.register('euler', {
  description: 'Euler steps of the reversed process, from scores or x_θ, one call per step',
  create: (options) => euler(readOptions('the euler sampler', options, LAST)),
});
samplers.register('analytic', {
  description: 'Tweedie steps from scores; for networks that predict clean tokens, the law of ancestral',
  create: (options) => analytic(readOptions('the analytic sampler', options, LAST)),
});
samplers.register('remdm', {
  description: 'ancestral steps that mask some settled tokens again, so that mistakes can be mended',
  create: (options) =>
    remdm(
      readOptions('the remdm sampler', options, {
        ...LAST,
        strategy: STRATEGIES,
        eta: 'number',
        on: 'number',
        off: 'number',
        alphaOn: 'number',
      }),
    ),
});
samplers.register('psi', {
  description: 'predictor-corrector: from the posterior, or a clean token noised anew, one call per step',
  create: (options) => psi(readOptions('the psi sampler', options, { ...LAST, kappa: KAPPAS, eta: 'number' })),
});

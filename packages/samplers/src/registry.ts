import { createRegistry, readOptions } from '@idlm/core-diffusion/sampling';
import { LAST_STEPS } from './finish';
import { confidenceThreshold } from './orders/confidence-threshold';
import { entropyBounded } from './orders/entropy-bounded';
import { maskgit } from './orders/maskgit';
import { topKMargin } from './orders/top-k-margin';
import type { Sampler } from './sampler';
import { analytic } from './samplers/analytic';
import { ancestral } from './samplers/ancestral';
import { ancestralCached } from './samplers/ancestral-cached';
import { euler } from './samplers/euler';
import { firstHitting } from './samplers/first-hitting';
import { KAPPAS, psi } from './samplers/psi';
import { remdm } from './samplers/remdm/remdm';
import { STRATEGIES } from './samplers/remdm/strategies';

const LAST = { last: LAST_STEPS } as const;

/** The samplers by name; add your own with `samplers.register`. */
export const samplers = /* @__PURE__ */ createRegistry<Sampler>(
  'sampler',
  {
    ancestral: {
      description: 'the posterior at every noisy position, one call per step',
      create: (options) => ancestral(readOptions('the ancestral sampler', options, LAST)),
    },
    'ancestral-cached': {
      description: 'the same law, at most L evaluations per sample',
      create: (options) => ancestralCached(readOptions('the ancestral-cached sampler', options, LAST)),
    },
    'first-hitting': {
      description: 'the law of infinitely many steps, one token per call',
      create: (options) => firstHitting(readOptions('the first-hitting sampler', options, LAST)),
    },
    euler: {
      description: 'Euler steps of the reversed process, from scores or x_θ, one call per step',
      create: (options) => euler(readOptions('the euler sampler', options, LAST)),
    },
    analytic: {
      description: 'Tweedie steps from scores; for networks that predict clean tokens, the law of ancestral',
      create: (options) => analytic(readOptions('the analytic sampler', options, LAST)),
    },
    remdm: {
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
    },
    psi: {
      description: 'predictor-corrector: from the posterior, or a clean token noised anew, one call per step',
      create: (options) => psi(readOptions('the psi sampler', options, { ...LAST, kappa: KAPPAS, eta: 'number' })),
    },
    'confidence-threshold': {
      description: 'all tokens likelier than a threshold at once, as many calls as that takes',
      create: (options) =>
        confidenceThreshold(readOptions('the confidence-threshold sampler', options, { ...LAST, threshold: 'number' })),
    },
    'top-k-margin': {
      description: 'where the likeliest token is furthest ahead of the second first, one call per step',
      create: (options) => topKMargin(readOptions('the top-k-margin sampler', options, LAST)),
    },
    'entropy-bounded': {
      description: 'as many tokens of least entropy at once as a bound allows, as many calls as that takes',
      create: (options) =>
        entropyBounded(readOptions('the entropy-bounded sampler', options, { ...LAST, bound: 'number' })),
    },
    maskgit: {
      description: 'the most confident tokens first, with noise that is annealed, one call per step',
      create: (options) => maskgit(readOptions('the maskgit sampler', options, { ...LAST, noise: 'number' })),
    },
  },
  { spec: 'object', step: 'function', finish: 'function' },
);

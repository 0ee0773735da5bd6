import { createRegistry } from '@idlm/core-diffusion/sampling';
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

const LAST = {
  last: {
    kind: LAST_STEPS,
    default: 'greedy',
    meaning: 'what becomes of noise that is left: the likeliest token, a draw, or nothing',
  },
} as const;

/** A share or a chance. */
const SHARE = { kind: 'number', minimum: 0, maximum: 1 } as const;

/** A time or a level strictly between both ends. */
const BETWEEN = { kind: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 } as const;

const FROM_0 = { kind: 'number', minimum: 0 } as const;

/** The samplers by name; add your own with `samplers.register`. */
export const samplers = /* @__PURE__ */ createRegistry<Sampler>(
  'sampler',
  (define) => ({
    ancestral: define({
      description: 'the posterior at every noisy position, one call per step',
      options: LAST,
      create: ancestral,
    }),
    'ancestral-cached': define({
      description: 'the same law, at most L evaluations per sample',
      options: LAST,
      create: ancestralCached,
    }),
    'first-hitting': define({
      description: 'the law of infinitely many steps, one token per call',
      options: LAST,
      create: firstHitting,
    }),
    euler: define({
      description: 'Euler steps of the reversed process, from scores or x_θ, one call per step',
      options: LAST,
      create: euler,
    }),
    analytic: define({
      description: 'Tweedie steps from scores; for networks that predict clean tokens, the law of ancestral',
      options: LAST,
      create: analytic,
    }),
    remdm: define({
      description: 'ancestral steps that mask some settled tokens again, so that mistakes can be mended',
      options: {
        ...LAST,
        strategy: { kind: STRATEGIES, default: 'cap', meaning: 'which settled tokens are masked again' },
        eta: { ...SHARE, default: 0.02, meaning: 'chance of a settled token, of cap, rescale and loop' },
        on: { ...BETWEEN, default: 0.55, meaning: 'time at which a loop begins' },
        off: { ...BETWEEN, default: 0.05, meaning: 'time at which it ends, below on' },
        alphaOn: { ...BETWEEN, default: 0.9, meaning: 'signal level in between' },
      },
      create: remdm,
    }),
    psi: define({
      description: 'predictor-corrector: from the posterior, or a clean token noised anew, one call per step',
      options: {
        ...LAST,
        kappa: { kind: KAPPAS, default: 'max-capped', meaning: 'share of the posterior in a step' },
        eta: { ...SHARE, default: 0.02, meaning: 'κ itself of constant, of others a chance of remasking' },
      },
      create: psi,
    }),
    'confidence-threshold': define({
      description: 'all tokens likelier than a threshold at once, as many calls as that takes',
      options: {
        ...LAST,
        threshold: { ...SHARE, default: 0.9, meaning: 'probability beyond which a token is written at once' },
      },
      create: confidenceThreshold,
    }),
    'top-k-margin': define({
      description: 'where the likeliest token is furthest ahead of the second first, one call per step',
      options: LAST,
      create: topKMargin,
    }),
    'entropy-bounded': define({
      description: 'as many tokens of least entropy at once as a bound allows, as many calls as that takes',
      options: {
        ...LAST,
        bound: {
          ...FROM_0,
          default: 0.1,
          meaning: 'nats that the entropies of a call may sum to, the largest left out',
        },
      },
      create: entropyBounded,
    }),
    maskgit: define({
      description: 'the most confident tokens first, with noise that is annealed, one call per step',
      options: {
        ...LAST,
        noise: { ...FROM_0, default: 4.5, meaning: 'Gumbel noise of the log-confidences at t = 1' },
      },
      create: maskgit,
    }),
  }),
  { spec: 'object', step: 'function', finish: 'function' },
);

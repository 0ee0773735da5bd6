import { createRegistry } from '@idlm/core-diffusion';
import { adamw } from './adamw';
import { lion } from './lion';
import type { Optimizer } from './optimizer';

const SHARE = { kind: 'number', minimum: 0, exclusiveMaximum: 1 } as const;

const WEIGHT_DECAY = {
  weightDecay: { kind: 'number', default: 0, minimum: 0, meaning: 'decoupled weight decay' },
} as const;

/**
 * The optimizers; a user's own package adds to them with `register`.
 * @example
 * ```ts
 * import { optimizers } from '@idlm/trainer';
 *
 * const optimizer = optimizers.create({ name: 'lion', options: { weightDecay: 0.1 } });
 * console.log(optimizer.spec.name); // → lion
 * ```
 */
export const optimizers = /* @__PURE__ */ createRegistry<Optimizer>(
  'optimizer',
  (define) => ({
    adamw: define({
      description: 'Adam with decoupled weight decay, as the references',
      options: {
        beta1: { ...SHARE, default: 0.9, meaning: 'decay of the mean of gradients' },
        beta2: { ...SHARE, default: 0.999, meaning: 'decay of the mean of squared gradients' },
        epsilon: {
          kind: 'number',
          default: 1e-8,
          exclusiveMinimum: 0,
          meaning: 'gradient below which weights move less than the rate',
        },
        ...WEIGHT_DECAY,
      },
      create: adamw,
    }),
    lion: define({
      description: 'steps of one size in the direction of a momentum; half of the memory of AdamW',
      options: {
        beta1: { ...SHARE, default: 0.9, meaning: 'share of the momentum in the direction of a step' },
        beta2: { ...SHARE, default: 0.99, meaning: 'decay of the momentum' },
        ...WEIGHT_DECAY,
      },
      create: lion,
    }),
  }),
  { spec: 'object', init: 'function', numbers: 'function', update: 'function' },
);

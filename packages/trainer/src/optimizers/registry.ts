import { createRegistry, readOptions } from '@idlm/core-diffusion';
import { adamw } from './adamw';
import { lion } from './lion';
import type { Optimizer } from './optimizer';

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
  {
    adamw: {
      description: 'Adam with decoupled weight decay, as the references',
      create: (options) =>
        adamw(
          readOptions('the adamw optimizer', options, {
            beta1: 'number',
            beta2: 'number',
            epsilon: 'number',
            weightDecay: 'number',
          }),
        ),
    },
    lion: {
      description: 'steps of one size in the direction of a momentum; half of the memory of AdamW',
      create: (options) =>
        lion(readOptions('the lion optimizer', options, { beta1: 'number', beta2: 'number', weightDecay: 'number' })),
    },
  },
  { spec: 'object', init: 'function', numbers: 'function', update: 'function' },
);

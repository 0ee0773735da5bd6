import { createRegistry } from '@idlm/core-diffusion';
import { GUMBEL_DEVIATION, gaussianSoftmax } from './gaussian-softmax';
import { gumbelSoftmax } from './gumbel-softmax';
import type { Relaxation } from './relaxation';
import { simplex } from './simplex';
import { straightThrough } from './straight-through';

const SOFTMAX = {
  temperature: { kind: 'number', default: 1, exclusiveMinimum: 0, meaning: 'of the softmax' },
  straightThrough: {
    kind: 'boolean',
    default: false,
    meaning: 'the drawn token in value, the soft one in gradient',
  },
} as const;

/**
 * The relaxations by name.
 * @example
 * ```ts
 * import { relaxations } from '@idlm/idlm-loss';
 *
 * const relaxation = relaxations.create({ name: 'gumbel-softmax', options: { temperature: 0.5 } });
 * console.log(relaxation.spec.name); // → gumbel-softmax
 * ```
 */
export const relaxations = /* @__PURE__ */ createRegistry<Relaxation>(
  'relaxation',
  (define) => ({
    simplex: define({
      description: 'probabilities in the loss, a drawn token in the input (the reference)',
      options: {},
      create: () => simplex(),
    }),
    'straight-through': define({
      description: 'the drawn token in value, probabilities in gradient',
      options: {},
      create: () => straightThrough(),
    }),
    'gumbel-softmax': define({
      description: 'softmax of Gumbel-perturbed log-probabilities',
      options: SOFTMAX,
      create: gumbelSoftmax,
    }),
    'gaussian-softmax': define({
      description: 'softmax of log-probabilities with Gaussian noise',
      options: {
        ...SOFTMAX,
        deviation: {
          kind: 'number',
          default: GUMBEL_DEVIATION,
          minimum: 0,
          meaning: 'of the noise; the default is that of a standard Gumbel, π/√6',
        },
      },
      create: gaussianSoftmax,
    }),
  }),
  { spec: 'object', noise: 'function', relax: 'function' },
);

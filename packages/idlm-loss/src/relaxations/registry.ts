import { createRegistry, readOptions } from '@idlm/core-diffusion';
import { gaussianSoftmax } from './gaussian-softmax';
import { gumbelSoftmax } from './gumbel-softmax';
import type { Relaxation } from './relaxation';
import { simplex } from './simplex';
import { straightThrough } from './straight-through';

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
  {
    simplex: {
      description: 'probabilities in the loss, a drawn token in the input (the reference)',
      create(options) {
        readOptions('the simplex relaxation', options, {});
        return simplex();
      },
    },
    'straight-through': {
      description: 'the drawn token in value, probabilities in gradient',
      create(options) {
        readOptions('the straight-through relaxation', options, {});
        return straightThrough();
      },
    },
    'gumbel-softmax': {
      description: 'softmax of Gumbel-perturbed log-probabilities',
      create: (options) =>
        gumbelSoftmax(
          readOptions('the gumbel-softmax relaxation', options, { temperature: 'number', straightThrough: 'boolean' }),
        ),
    },
    'gaussian-softmax': {
      description: 'softmax of log-probabilities with Gaussian noise',
      create: (options) =>
        gaussianSoftmax(
          readOptions('the gaussian-softmax relaxation', options, {
            temperature: 'number',
            deviation: 'number',
            straightThrough: 'boolean',
          }),
        ),
    },
  },
  { spec: 'object', noise: 'function', relax: 'function' },
);

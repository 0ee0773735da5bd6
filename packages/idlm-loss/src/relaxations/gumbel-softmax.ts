import { InputError, detach, floatFeed } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Relaxation } from './relaxation';
import { straighten } from './straight-through';

/** Options of the Gumbel-softmax relaxation. */
export interface GumbelSoftmaxOptions {
  /** τ > 0 (default 1). */
  readonly temperature?: number;
  /** The drawn token in value, the relaxed one in gradient. */
  readonly straightThrough?: boolean;
}

/**
 * softmax((ln p + g)/τ) with standard Gumbel g; its argmax is an exact draw from p.
 * @throws InputError unless the temperature is above 0
 * Source: Jang et al. (arXiv 1611.01144), Maddison et al. (arXiv 1611.00712).
 */
export function gumbelSoftmax({ temperature = 1, straightThrough = false }: GumbelSoftmaxOptions = {}): Relaxation {
  if (!(temperature > 0))
    throw new InputError(`The temperature of gumbel-softmax must be above 0; ${temperature} was given.`);
  return {
    spec: { name: 'gumbel-softmax', options: { temperature, straightThrough } },
    noise(rows, vocabSize, random) {
      const gumbels = random.uniforms(rows * vocabSize).map((u) => -Math.log(-Math.log1p(u - 1 + 2 ** -54)));
      return { gumbels: floatFeed(gumbels, [rows, vocabSize]) };
    },
    relax(logProbs, noise) {
      const perturbed = tf.add(logProbs, noise['gumbels']!);
      const soft = tf.softmax(tf.div(perturbed, temperature));
      const hard = detach(() => tf.argMax(perturbed, 1));
      return { soft: straightThrough ? straighten(soft, hard) : soft, hard };
    },
  };
}

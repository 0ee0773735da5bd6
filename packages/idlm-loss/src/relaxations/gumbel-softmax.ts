import { type FloatFeed, detach, floatFeed } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Relaxation } from './relaxation';
import { type TemperatureOptions, checkTemperature, temper } from './tempered';

/** The noise of Gumbel-softmax. */
export interface GumbelNoise {
  /** Standard Gumbels, [N, V]. */
  readonly gumbels: FloatFeed;
}

/**
 * softmax((ln p + g)/τ) with standard Gumbel g; its argmax is an exact draw from p, and is the hard token. τ → 0 makes the soft
 * token the hard one and the gradient's variance unbounded, a large τ makes it even over the vocabulary and the gradient biased.
 * @returns a relaxation that draws V numbers a row: as much memory as a row of logits
 * @throws InputError unless the temperature is a finite number above 0
 * Source: Jang et al. (arXiv 1611.01144), Maddison et al. (arXiv 1611.00712).
 */
export function gumbelSoftmax({
  temperature = 1,
  straightThrough = false,
}: TemperatureOptions = {}): Relaxation<GumbelNoise> {
  checkTemperature('gumbel-softmax', temperature);
  return {
    spec: { name: 'gumbel-softmax', options: { temperature, straightThrough } },
    noise(rows, vocabSize, random) {
      const gumbels = random.uniforms(rows * vocabSize).map((u) => -Math.log(-Math.log1p(u - 1 + 2 ** -54)));
      return { gumbels: floatFeed(gumbels, [rows, vocabSize]) };
    },
    relax(logProbs, { gumbels }) {
      const latent = tf.add(logProbs, gumbels);
      const hard = detach(() => tf.argMax(latent, 1));
      return temper(latent, hard, { temperature, straightThrough });
    },
  };
}

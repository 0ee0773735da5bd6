import { type FloatFeed, InputError, detach, floatFeed, logNormalCdf } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Relaxation } from './relaxation';
import { type TemperatureOptions, checkTemperature, temper } from './tempered';

/** The deviation of a standard Gumbel: with it the latent's argmax has nearly the law p, as a probit nearly is a logit. */
export const GUMBEL_DEVIATION = Math.PI / Math.sqrt(6);

/** Options of the Gaussian-softmax relaxation. */
export interface GaussianSoftmaxOptions extends TemperatureOptions {
  /** σ, finite and at least 0 (default π/√6, that of a standard Gumbel). At 0 and τ = 1 the soft token is p. */
  readonly deviation?: number;
}

/** The noise of the Gaussian softmax. */
export interface GaussianNoise {
  /** ε, [N, V]. */
  readonly normals: FloatFeed;
  /** The standard Gumbels of the same quantiles, [N, V]. */
  readonly gumbels: FloatFeed;
}

/**
 * softmax((ln p + σ ε)/τ) with standard normal ε: Duo's tempered Gaussian latent, at the student's log-probabilities.
 * Not at its probabilities, α̃ p + σ̃ ε, as Duo has the noisy token: there the argmax follows the noise and not p as soon as
 * the largest of V normals, √(2 ln V) σ̃, exceeds the means' range, which is at most α̃.
 *
 * The argmax of a Gaussian latent has no law in closed form, so it is not the hard token. That one is the argmax of
 * ln p + g, an exact draw from p, where g = −ln(−ln Φ(ε)) is the standard Gumbel of the same quantile as ε: soft and hard
 * token come from one noise and mostly agree.
 * @throws InputError unless the temperature is finite and above 0, and the deviation finite and at least 0
 * Source: Potapczynski et al. (arXiv 1912.09588), Gaussian noise in place of Gumbel's; Duo (arXiv 2506.10892), section 4,
 * tempered Gaussian latents; the coupling of the hard token is ours.
 */
export function gaussianSoftmax(options: GaussianSoftmaxOptions = {}): Relaxation<GaussianNoise> {
  const { temperature = 1, deviation = GUMBEL_DEVIATION, straightThrough = false } = options;
  checkTemperature('gaussian-softmax', temperature);
  if (!(deviation >= 0 && deviation < Infinity))
    throw new InputError(
      `The deviation of gaussian-softmax must be a finite number of at least 0; ${deviation} was given.`,
    );
  return {
    spec: { name: 'gaussian-softmax', options: { temperature, deviation, straightThrough } },
    noise(rows, vocabSize, random) {
      const normals = random.normals(rows * vocabSize);
      const gumbels = normals.map((normal) => -Math.log(-logNormalCdf(normal)));
      return { normals: floatFeed(normals, [rows, vocabSize]), gumbels: floatFeed(gumbels, [rows, vocabSize]) };
    },
    relax(logProbs, { normals, gumbels }) {
      const latent = tf.add(logProbs, tf.mul(normals, deviation));
      const hard = detach(() => tf.argMax(tf.add(logProbs, gumbels), 1));
      return temper(latent, hard, { temperature, straightThrough });
    },
  };
}

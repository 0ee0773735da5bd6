import type { Fed, Feeds, RandomStream, Spec } from '@idlm/core-diffusion';
import type { Tensor } from '@tensorflow/tfjs-core';

/** A student's discrete output made differentiable. */
export interface Relaxed {
  /** [N, V], rows on the simplex (0 at the mask); gradients flow. */
  readonly soft: Tensor;
  /** The token drawn from each row, int32 [N]; no gradient. */
  readonly hard: Tensor;
}

/** How gradients pass through a discrete sample: log-probabilities [N, V] to a soft and a hard token. */
export interface Relaxation {
  readonly spec: Spec;
  /** Host: draws what `relax` needs for `rows` rows of `vocabSize` entries. */
  noise(rows: number, vocabSize: number, random: RandomStream): Feeds;
  /** Device, pure. */
  relax(logProbs: Tensor, noise: Fed): Relaxed;
}

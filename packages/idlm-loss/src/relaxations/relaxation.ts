import type { FloatFeed, RandomStream, Spec, Uploaded } from '@idlm/core-diffusion';
import type { Tensor } from '@tensorflow/tfjs-core';

/** A student's discrete output made differentiable. */
export interface Relaxed {
  /** [N, V], rows on the simplex (0 at the mask); gradients flow. */
  readonly soft: Tensor;
  /** The token drawn from each row, int32 [N]; no gradient. */
  readonly hard: Tensor;
}

/** How gradients pass through a discrete sample: log-probabilities [N, V] to a soft and a hard token. */
export interface Relaxation<Noise extends object = object> {
  readonly spec: Spec;
  /** Host: draws what `relax` needs for `rows` rows of `vocabSize` entries, as feeds. */
  noise(rows: number, vocabSize: number, random: RandomStream): Noise;
  /**
   * Device, pure.
   * @param logProbs of the student's tokens, [N, V], as the family's `toLogProbs` gives them
   * @param noise what `noise` drew for as many rows
   */
  relax(logProbs: Tensor, noise: Uploaded<Noise>): Relaxed;
}

/** One uniform for each row, [N]: what an exact draw from probabilities needs. */
export interface RowUniforms {
  readonly uniforms: FloatFeed;
}

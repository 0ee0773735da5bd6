import { detach } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Relaxation, RowUniforms } from './relaxation';
import { simplex } from './simplex';

/** one(hard) in value, `soft` in gradient; [N, V]. */
export const straighten = (soft: Tensor, hard: Tensor): Tensor =>
  tf.add(
    soft,
    detach(() => tf.sub(tf.oneHot(hard as tf.Tensor1D, soft.shape[1]!), soft)),
  );

/**
 * The drawn token in value, the probabilities in gradient: soft = one(hard) + p − stop(p) with hard ~ p. The other networks then
 * see a token as it will be, at the price of a gradient taken at p.
 * @returns a relaxation that draws one uniform a row
 * Source: Bengio et al. (arXiv 1308.3432), straight-through estimator.
 */
export function straightThrough(): Relaxation<RowUniforms> {
  const { noise, relax } = simplex();
  return {
    spec: { name: 'straight-through' },
    noise,
    relax(logProbs, draws) {
      const { soft, hard } = relax(logProbs, draws);
      return { soft: straighten(soft, hard), hard };
    },
  };
}

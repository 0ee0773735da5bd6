import { drawCategories, uniformFeed } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Relaxation, RowUniforms } from './relaxation';

/**
 * The reference's relaxation: the probabilities themselves stand for the sample in the loss, a token drawn from them in
 * the network's input:
 *
 *     soft = p ,  hard ~ p ,  ∂ soft / ∂ logits = diag(p) − p pᵀ , and no gradient through hard
 *
 * The gradient is exact where the loss is linear in the sample, and blind to what a token means as the context of others.
 * @returns a relaxation that draws one uniform a row
 * Source: IDLM, section "simplex relaxation".
 */
export const simplex = (): Relaxation<RowUniforms> => ({
  spec: { name: 'simplex' },
  noise: (rows, _vocabSize, random) => ({ uniforms: uniformFeed(random.uniforms(rows)) }),
  relax(logProbs, { uniforms }) {
    const soft = tf.exp(logProbs);
    return { soft, hard: drawCategories(soft, uniforms) };
  },
});

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { uniformMixture } from '../../losses/uniform-mixture';
import { pickEntries, softCrossEntropy } from '../../tensors/rows';

/** Σ of a row of [N, V], [N]. */
const rowSum = (matrix: Tensor): Tensor => tf.sum(matrix, 1);

/**
 * Score entropy of the absorbing process at masked positions, [N]:
 * Σ_{j ≠ m} e^{s_j} − s_{x_0}/r + (ln(1/r) − 1)/r with r = e^σ − 1, ≥ 0 for a hard x_0. Linear in a soft one.
 * @param logScores s [N, V], 0 at the mask
 * @param clean ids [N] int32, or rows of the simplex [N, V] that are 0 at the mask
 * @param ratio r [N] > 0
 * Source: SEDD (arXiv 2310.16834), equation 8 with the absorbing rates of section 3.2.
 */
export function absorbingScoreEntropy(logScores: Tensor, clean: Tensor, ratio: Tensor): Tensor {
  const positive = tf.sub(rowSum(tf.exp(logScores)), 1);
  const chosen = clean.rank === 1 ? pickEntries(logScores, clean) : tf.neg(softCrossEntropy(logScores, clean));
  const negative = tf.div(tf.add(chosen, tf.add(tf.log(ratio), 1)), ratio);
  return tf.sub(positive, negative);
}

/** The mean of e^{s_j} − ρ_j s_j + ρ_j (ln ρ_j − 1) over all tokens j for simplex rows, [N]; 0 at j = z. */
function softEntropy(logScores: Tensor, clean: Tensor, noisy: Tensor, alpha: Tensor): Tensor {
  const width = logScores.shape[1]!;
  const mixed = uniformMixture(clean, alpha);
  const ratio = tf.div(mixed, tf.expandDims(pickEntries(mixed, noisy), 1));
  const terms = tf.add(tf.sub(tf.exp(logScores), tf.mul(ratio, logScores)), tf.mul(ratio, tf.sub(tf.log(ratio), 1)));
  return tf.div(rowSum(terms), width);
}

/**
 * The same for hard tokens, in closed form: no one-hot row, and no logarithm of [N, V]. All true ratios are 1 but that of x_0,
 * 1/k, or, where x_0 = z, those of all other tokens, k = (1 − α)/(1 − α + V α).
 */
function hardEntropy(logScores: Tensor, clean: Tensor, noisy: Tensor, alpha: Tensor): Tensor {
  const width = logScores.shape[1]!;
  const miss = tf.sub(1, alpha);
  const ratio = tf.div(miss, tf.add(tf.mul(alpha, width), miss));
  const positive = tf.sub(rowSum(tf.exp(logScores)), 1);
  const total = rowSum(logScores);
  const whenKept = tf.add(
    tf.sub(positive, tf.mul(ratio, total)),
    tf.mul(tf.mul(ratio, width - 1), tf.sub(tf.log(ratio), 1)),
  );
  const pull = tf.mul(tf.div(tf.mul(alpha, width), miss), pickEntries(logScores, clean));
  const whenMoved = tf.sub(
    tf.sub(positive, tf.add(total, pull)),
    tf.add(tf.div(tf.add(tf.log(ratio), 1), ratio), width - 2),
  );
  return tf.div(tf.where(tf.equal(clean, noisy), whenKept, whenMoved), width);
}

/**
 * Score entropy of the uniform process, ≥ 0, [N]: the mean over all tokens j of e^{s_j} − ρ_j s_j + ρ_j (ln ρ_j − 1) with the
 * true ratios ρ_j = x̄_j/x̄_z, x̄ = V α x + 1 − α. The noisy token z itself contributes nothing, since s_z = 0 and ρ_z = 1.
 * @param logScores s [N, V], 0 at z
 * @param clean ids [N] int32, or rows of the simplex x [N, V], through which gradients flow
 * @param noisy z [N] int32
 * @param alpha e^−σ [N]
 * Source: SEDD (arXiv 2310.16834), equation 8 with uniform rates; soft x as in IDLM.
 */
export const uniformScoreEntropy = (logScores: Tensor, clean: Tensor, noisy: Tensor, alpha: Tensor): Tensor =>
  (clean.rank === 1 ? hardEntropy : softEntropy)(logScores, clean, noisy, alpha);

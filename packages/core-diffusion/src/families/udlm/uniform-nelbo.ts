import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { uniformMixture } from '../../losses/uniform-mixture';
import { pickEntries } from '../../tensors/rows';

/** The noise of each position in the uniform process, [N] each. */
export interface UniformLevel {
  /** α(t). */
  readonly alpha: Tensor;
  /** α′(t)/(V α(t)) < 0; 0 at padding. */
  readonly coefficient: Tensor;
}

/** ln(V α x_θ + 1 − α) of every token [N, V] and of the noisy one [N]. */
function logMixture(logProbs: Tensor, noisy: Tensor, alpha: Tensor) {
  const all = tf.log(uniformMixture(tf.exp(logProbs), alpha));
  return { all, current: pickEntries(all, noisy) };
}

/** The bracket of the NELBO for simplex rows x, [N]. */
function softBracket(logProbs: Tensor, x: Tensor, noisy: Tensor, alpha: Tensor): Tensor {
  const width = logProbs.shape[1]!;
  const model = logMixture(logProbs, noisy, alpha);
  const data = uniformMixture(x, alpha);
  const dataCurrent = pickEntries(data, noisy);
  const logRatio = tf.add(
    tf.sub(tf.expandDims(model.current, 1), model.all),
    tf.sub(tf.log(data), tf.expandDims(tf.log(dataCurrent), 1)),
  );
  const transport = tf.div(tf.sum(tf.mul(data, logRatio), 1), dataCurrent);
  return tf.sub(tf.sub(tf.div(width, dataCurrent), tf.mul(width, tf.exp(tf.neg(model.current)))), transport);
}

/** The same for hard tokens, in closed form: no one-hot row, and one logarithm of [N, V]. */
function hardBracket(logProbs: Tensor, clean: Tensor, noisy: Tensor, alpha: Tensor): Tensor {
  const width = logProbs.shape[1]!;
  const { all, current } = logMixture(logProbs, noisy, alpha);
  const kept = tf.equal(clean, noisy);
  const signal = tf.add(tf.mul(alpha, width - 1), 1);
  const miss = tf.sub(1, alpha);
  const ratio = tf.div(miss, signal);
  const spread = tf.sub(tf.sum(all, 1), tf.mul(current, width));
  const inverse = tf.exp(tf.neg(current));
  const whenKept = tf.sub(
    tf.add(tf.mul(tf.sub(tf.div(1, signal), inverse), width), tf.mul(ratio, spread)),
    tf.mul(tf.mul(ratio, width - 1), tf.log(ratio)),
  );
  const pull = tf.mul(tf.div(tf.mul(alpha, width), miss), tf.sub(pickEntries(all, clean), current));
  const whenMoved = tf.add(
    tf.add(tf.mul(tf.sub(tf.div(1, miss), inverse), width), spread),
    tf.add(pull, tf.div(tf.log(ratio), ratio)),
  );
  return tf.where(kept, whenKept, whenMoved);
}

/**
 * The continuous-time NELBO of the uniform process at each position, ≥ 0, [N]:
 * α′/(Vα) [ V/x̄_z − V/x̄θ_z − Σ_j (x̄_j/x̄_z)(ln x̄θ_z/x̄θ_j + ln x̄_j/x̄_z) ] with x̄ = Vαx + 1 − α.
 * @param logProbs log x_θ [N, V]
 * @param clean ids [N] int32, or rows of the simplex [N, V], through which gradients flow
 * @param noisy ids z [N] int32
 * Source: UDLM (arXiv 2412.10193), equation 14; closed form of Duo (arXiv 2506.10892), appendix; soft x as in IDLM.
 */
export function uniformNelbo(
  logProbs: Tensor,
  clean: Tensor,
  noisy: Tensor,
  { alpha, coefficient }: UniformLevel,
): Tensor {
  const bracket = clean.rank === 1 ? hardBracket : softBracket;
  return tf.mul(coefficient, bracket(logProbs, clean, noisy, alpha));
}

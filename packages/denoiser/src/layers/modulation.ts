import { differentiable, kernel } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Sums a gradient over the axes along which an input of `shape` was broadcast. */
function sumTo(gradient: Tensor, shape: readonly number[]): Tensor {
  const axes = gradient.shape.flatMap((size, axis) => (shape[axis] === 1 && size !== 1 ? [axis] : []));
  return axes.length ? tf.sum(gradient, axes, true) : gradient;
}

/** Added to the variance, as in the references. */
const VARIANCE_EPS = 1e-5;

/** Σ_h x_h g_h of each row, [B, L, 1]: as a product of matrices where rows share their gain, which takes one way through x. */
function rowProducts(x: Tensor, gain: Tensor): Tensor {
  const [batch, length, hidden] = x.shape as [number, number, number];
  if (gain.shape[1] !== 1) return tf.sum(tf.mul(x, gain), -1, true);
  if (gain.shape[0] !== 1) return tf.matMul(x, gain, false, true);
  const products = tf.matMul(tf.reshape(x, [batch * length, hidden]), tf.reshape(gain, [hidden, 1]));
  return tf.reshape(products, [batch, length, 1]);
}

const norm = kernel('norm', (x: Tensor, gain: Tensor, shift: Tensor) => {
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), VARIANCE_EPS));
  return [tf.add(tf.mul(tf.mul(centred, inverse), gain), shift), mean, inverse];
});

/** (x − mean) / σ. */
const standardised = (x: Tensor, mean: Tensor, inverse: Tensor) => tf.mul(tf.sub(x, mean), inverse);

const normProduct = kernel('norm_product', (dy: Tensor, x: Tensor, mean: Tensor, inverse: Tensor) => [
  tf.mul(dy, standardised(x, mean, inverse)),
]);
const normGradient = kernel(
  'norm_gradient',
  (dy: Tensor, x: Tensor, mean: Tensor, inverse: Tensor, gain: Tensor, level: Tensor, along: Tensor) => {
    const slope = tf.sub(tf.mul(dy, gain), level);
    return [tf.mul(tf.sub(slope, tf.mul(standardised(x, mean, inverse), along)), inverse)];
  },
);

/**
 * LN(x) · weight · (1 + scale) + shift, with biased variance over the last axis: layer norm and adaLN modulation in one,
 * keeping x, and of each row its mean and 1/σ, for the gradient. With x̂ = (x − mean) / σ and g = weight · (1 + scale):
 *
 *     dx = (g dy − mean(g dy) − x̂ · mean(g dy x̂)) / σ ,   dg = dy x̂ ,   dshift = dy ,
 *
 * means over the last axis, and dg summed over the axes along which weight and scale are broadcast.
 * @param x [B, L, H]
 * @param weight [H]
 * @param scale [B or 1, L or 1, H], like `shift`; axes of size 1 are broadcast
 */
export function modulatedNorm(x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const hidden = x.shape[x.rank - 1]!;
  return differentiable({
    inputs: [x, weight, scale, shift],
    forward() {
      const gain = tf.mul(weight, tf.add(scale, 1));
      const [value, mean, inverse] = norm(x, gain, shift);
      return { value, saved: [x, mean, inverse, gain, weight, scale] };
    },
    backward(dy, [rows, mean, inverse, gain, w, s]) {
      const [dProduct] = normProduct(dy, rows!, mean!, inverse!);
      const level = tf.div(rowProducts(dy, gain!), hidden);
      const along = tf.div(rowProducts(dProduct, gain!), hidden);
      const [dx] = normGradient(dy, rows!, mean!, inverse!, gain!, level, along);
      const dGain = sumTo(dProduct, s!.shape);
      return [dx, tf.sum(tf.mul(dGain, tf.add(s!, 1)), [0, 1]), tf.mul(dGain, w!), sumTo(dy, shift.shape)];
    },
  });
}

const residual = kernel('residual', (x: Tensor, y: Tensor, gate: Tensor) => [tf.add(x, tf.mul(gate, y))]);
const biasedResidual = kernel('biased_residual', (x: Tensor, y: Tensor, gate: Tensor, bias: Tensor) => [
  tf.add(x, tf.mul(gate, tf.add(y, bias))),
]);

/**
 * x + gate · (y + bias), the residual branch of a DiT block.
 * @param x [B, L, H], like `y`
 * @param gate [B or 1, L or 1, H]
 * @param bias [H]
 */
export function gatedResidual(x: Tensor, y: Tensor, gate: Tensor, bias?: Tensor): Tensor {
  return differentiable({
    inputs: bias ? [x, y, gate, bias] : [x, y, gate],
    forward() {
      const [value] = bias ? biasedResidual(x, y, gate, bias) : residual(x, y, gate);
      return { value, saved: bias ? [y, gate, bias] : [y, gate] };
    },
    backward(dy, [branch, g, c]) {
      const gradients = [dy, tf.mul(dy, g!), sumTo(tf.mul(dy, branch!), g!.shape)] as const;
      if (!c) return [...gradients];
      // The bias reaches rows of one gate alike: their sum of dy serves both gradients.
      const total = sumTo(dy, g!.shape);
      return [gradients[0], gradients[1], tf.add(gradients[2], tf.mul(total, c)), tf.sum(tf.mul(total, g!), [0, 1])];
    },
  });
}

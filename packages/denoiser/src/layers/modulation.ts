import { differentiable, fused } from '@idlm/core-diffusion';
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

/**
 * LN(x) · weight · (1 + scale) + shift, with biased variance over the last axis: layer norm and adaLN modulation in one,
 * keeping x, and of each row its mean and 1/σ, for the gradient.
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
      const [value, mean, inverse] = fused('norm', [x, gain, shift], (rows, factor, added) => {
        const centre = tf.mean(rows, -1, true);
        const centred = tf.sub(rows, centre);
        const deviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), VARIANCE_EPS));
        return [tf.add(tf.mul(tf.mul(centred, deviation), factor), added), centre, deviation];
      });
      return { value: value!, saved: [x, mean!, inverse!, gain, weight, scale] };
    },
    backward(dy, [rows, mean, inverse, gain, w, s]) {
      const normal = (of: Tensor, centre: Tensor, deviation: Tensor) => tf.mul(tf.sub(of, centre), deviation);
      const [dProduct] = fused('norm_product', [dy, rows!, mean!, inverse!], (d, of, centre, deviation) => [
        tf.mul(d, normal(of, centre, deviation)),
      ]);
      const level = tf.div(rowProducts(dy, gain!), hidden);
      const along = tf.div(rowProducts(dProduct!, gain!), hidden);
      const [dx] = fused(
        'norm_gradient',
        [dy, rows!, mean!, inverse!, gain!, level, along],
        (d, of, centre, deviation, factor, base, slope) => [
          tf.mul(tf.sub(tf.sub(tf.mul(d, factor), base), tf.mul(normal(of, centre, deviation), slope)), deviation),
        ],
      );
      const dGain = sumTo(dProduct!, s!.shape);
      return [dx!, tf.sum(tf.mul(dGain, tf.add(s!, 1)), [0, 1]), tf.mul(dGain, w!), sumTo(dy, shift.shape)];
    },
  });
}

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
      const [value] = bias
        ? fused('biased_residual', [x, y, gate, bias], (a, b, g, c) => [tf.add(a, tf.mul(g, tf.add(b, c)))])
        : fused('residual', [x, y, gate], (a, b, g) => [tf.add(a, tf.mul(g, b))]);
      return { value: value!, saved: bias ? [y, gate, bias] : [y, gate] };
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

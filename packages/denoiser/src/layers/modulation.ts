import { differentiable } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Sums a gradient over the axes along which an input of `shape` was broadcast. */
function sumTo(gradient: Tensor, shape: readonly number[]): Tensor {
  const axes = gradient.shape.flatMap((size, axis) => (shape[axis] === 1 && size !== 1 ? [axis] : []));
  return axes.length ? tf.sum(gradient, axes, true) : gradient;
}

/** Added to the variance, as in the references. */
const VARIANCE_EPS = 1e-5;

/**
 * LN(x) · weight · (1 + scale) + shift, with biased variance over the last axis: layer norm and adaLN modulation in one,
 * keeping the normalised x and 1/σ for the gradient.
 * @param x [B, L, H]
 * @param weight [H]
 * @param scale [B or 1, L or 1, H], like `shift`; axes of size 1 are broadcast
 */
export function modulatedNorm(x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor): Tensor {
  return differentiable({
    inputs: [x, weight, scale, shift],
    forward() {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), VARIANCE_EPS));
      const normal = tf.mul(centred, inverse);
      const gain = tf.mul(weight, tf.add(scale, 1));
      return { value: tf.add(tf.mul(normal, gain), shift), saved: [normal, inverse, gain, weight, scale] };
    },
    backward(dy, [normal, inverse, gain, w, s]) {
      const dNormal = tf.mul(dy, gain!);
      const along = tf.mean(tf.mul(dNormal, normal!), -1, true);
      const dx = tf.mul(tf.sub(tf.sub(dNormal, tf.mean(dNormal, -1, true)), tf.mul(normal!, along)), inverse!);
      const dGain = sumTo(tf.mul(dy, normal!), s!.shape);
      return [dx, tf.sum(tf.mul(dGain, tf.add(s!, 1)), [0, 1]), tf.mul(dGain, w!), sumTo(dy, shift.shape)];
    },
  });
}

/**
 * x + gate · y, the residual branch of a DiT block.
 * @param gate [B or 1, 1, H]
 */
export function gatedResidual(x: Tensor, y: Tensor, gate: Tensor): Tensor {
  return differentiable({
    inputs: [x, y, gate],
    forward: () => ({ value: tf.add(x, tf.mul(gate, y)), saved: [y, gate] }),
    backward: (dy, [branch, g]) => [dy, tf.mul(dy, g!), sumTo(tf.mul(dy, branch!), g!.shape)],
  });
}

import { differentiable, kernel } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** x σ(x). */
export const silu = (x: Tensor): Tensor => tf.mul(x, tf.sigmoid(x));

const INNER = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** tanh(√(2/π) (x + 0.044715 x³)). */
const bend = (x: Tensor): Tensor => tf.tanh(tf.mul(x, tf.add(tf.mul(tf.square(x), INNER * CUBIC), INNER)));

/** The derivative of GELU. @param t bend(x) */
function slope(x: Tensor, t: Tensor): Tensor {
  const inner = tf.add(tf.mul(tf.square(x), 1.5 * INNER * CUBIC), 0.5 * INNER);
  return tf.add(tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), inner), tf.add(tf.mul(t, 0.5), 0.5));
}

const gelu = kernel('gelu', (product: Tensor, bias: Tensor) => {
  const x = tf.add(product, bias);
  return [tf.mul(tf.mul(x, 0.5), tf.add(bend(x), 1))];
});
const geluGradient = kernel('gelu_gradient', (dy: Tensor, product: Tensor, bias: Tensor) => {
  const x = tf.add(product, bias);
  const dx = tf.mul(dy, slope(x, bend(x)));
  return [dx, tf.sum(dx, 0)];
});

/**
 * GELU in its tanh form, ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), of rows with a bias: x = product + bias. Keeps the product
 * alone for the gradient: computing tanh again costs less than a way through memory.
 * @param product [R, H]
 * @param bias [H]
 */
export function biasedGelu(product: Tensor, bias: Tensor): Tensor {
  return differentiable({
    inputs: [product, bias],
    forward() {
      const [value] = gelu(product, bias);
      return { value, saved: [product, bias] };
    },
    backward: (dy, [y, b]) => geluGradient(dy, y!, b!),
  });
}

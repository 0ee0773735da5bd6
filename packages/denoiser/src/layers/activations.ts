import { differentiable } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** x σ(x). */
export const silu = (x: Tensor): Tensor => tf.mul(x, tf.sigmoid(x));

const INNER = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** GELU in its tanh form, ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
export function gelu(x: Tensor): Tensor {
  return differentiable({
    inputs: [x],
    forward() {
      const t = tf.tanh(tf.mul(x, tf.add(tf.mul(tf.square(x), INNER * CUBIC), INNER)));
      return { value: tf.mul(tf.mul(x, 0.5), tf.add(t, 1)), saved: [x, t] };
    },
    backward(dy, [input, t]) {
      const slope = tf.add(tf.mul(tf.square(input!), 1.5 * INNER * CUBIC), 0.5 * INNER);
      const bend = tf.mul(tf.mul(input!, tf.sub(1, tf.square(t!))), slope);
      return [tf.mul(dy, tf.add(bend, tf.add(tf.mul(t!, 0.5), 0.5)))];
    },
  });
}

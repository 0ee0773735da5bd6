import { differentiable } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * y = x Wᵀ + b on rows, in PyTorch's layout.
 * @param x [R, in]
 * @param weight [out, in]
 * @param bias [out]
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return differentiable({
    inputs: bias ? [x, weight, bias] : [x, weight],
    forward() {
      const product = tf.matMul(x, weight, false, true);
      return { value: bias ? tf.add(product, bias) : product, saved: [x, weight] };
    },
    backward(dy, [input, w]) {
      const gradients = [tf.matMul(dy, w!), tf.matMul(dy, input!, true, false)];
      return bias ? [...gradients, tf.sum(dy, 0)] : gradients;
    },
  });
}

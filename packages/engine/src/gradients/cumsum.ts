import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap } from '@tensorflow/tfjs-core';

type CumsumAttributes = NamedAttrMap & { axis?: number; exclusive?: boolean; reverse?: boolean };

/**
 * Replaces tfjs's gradient of `cumsum`, which also transposes axes that were never exchanged, and so fails or is wrong
 * unless the axis is the last one. The gradient of a running sum is the running sum from the other end: of y_i = Σ_{j ≤ i} x_j it is
 * ∂L/∂x_j = Σ_{i ≥ j} ∂L/∂y_i, in the shape of x, and an exclusive sum (j < i) has an exclusive one (i > j).
 */
export function correctCumsumGradient(): void {
  tf.registerGradient({
    kernelName: 'Cumsum',
    gradFunc(dy, _, attrs) {
      const { axis, exclusive, reverse } = attrs as CumsumAttributes;
      return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
    },
  });
}

import * as tf from '@tensorflow/tfjs';
import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

type CumsumAttributes = NamedAttrMap & { axis?: number; exclusive?: boolean; reverse?: boolean };

/**
 * Replaces tfjs's gradient of `cumsum`, which also transposes axes that were never exchanged, and so fails or is wrong
 * unless the axis is the last one. The gradient of a running sum is the running sum from the other end.
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

/** Backends whose running sums and products count their axis from the end now; wrapping twice would do no harm but add a call. */
const corrected = new Set<string>();

/** Lets a backend's `cumsum` and `cumprod` take an axis counted from the end, which tfjs's own two backends do not understand. */
export function correctRunningAxis(backendName: 'wasm' | 'cpu'): void {
  if (corrected.has(backendName)) return;
  corrected.add(backendName);
  for (const kernelName of ['Cumsum', 'Cumprod']) {
    const original = tf.getKernel(kernelName, backendName);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      ...original,
      kernelFunc(parameters) {
        const { axis = 0 } = parameters.attrs as CumsumAttributes;
        const rank = (parameters.inputs['x'] as TensorInfo).shape.length;
        return original.kernelFunc({
          ...parameters,
          attrs: { ...parameters.attrs, axis: axis < 0 ? axis + rank : axis },
        });
      },
    });
  }
}

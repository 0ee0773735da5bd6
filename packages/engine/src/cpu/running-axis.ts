import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

/** Backends whose running sums and products count their axis from the end now; wrapping twice would do no harm but add a call. */
const corrected = new Set<string>();

/**
 * Lets a backend's `cumsum` and `cumprod` take an axis counted from the end, −rank … −1, which tfjs's own two backends do not understand:
 * the kernel is given axis + rank. Other axes pass as they are, and so does what tfjs refuses.
 */
export function correctRunningAxis(backendName: 'wasm' | 'cpu'): void {
  if (corrected.has(backendName)) return;
  corrected.add(backendName);
  for (const kernelName of ['Cumsum', 'Cumprod']) {
    const original = tf.getKernel(kernelName, backendName);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      ...original,
      kernelFunc(parameters) {
        const { axis = 0 } = parameters.attrs as NamedAttrMap & { axis?: number };
        const rank = (parameters.inputs['x'] as TensorInfo).shape.length;
        return original.kernelFunc({
          ...parameters,
          attrs: { ...parameters.attrs, axis: axis < 0 ? axis + rank : axis },
        });
      },
    });
  }
}

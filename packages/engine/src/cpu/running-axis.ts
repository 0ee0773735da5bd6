import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

/** Backends whose running sums and products have a right axis now; wrapping twice would do no harm but add a call. */
const corrected = new Set<string>();

/**
 * Lets a backend's `cumsum` and `cumprod` take an axis counted from the end, −rank … −1, which tfjs's own two backends do not
 * understand: the kernel is given axis + rank. An axis beyond the rank, of which they make nonsense in silence, is an Error in tfjs's
 * words for other operations.
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
        const [along] = tf.util.parseAxisParam(axis, (parameters.inputs['x'] as TensorInfo).shape) as [number];
        return original.kernelFunc({ ...parameters, attrs: { ...parameters.attrs, axis: along } });
      },
    });
  }
}

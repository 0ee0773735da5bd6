import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from './load-kernels';
import { type OpAttribute, TYPES } from '../tensorflow/types';

/**
 * Replaces tfjs-node's gather, which reads the indices back to the host to check them: a wait for the device at every
 * embedding, and impossible inside a traced function. TensorFlow's own kernel checks indices on CPU, and on GPUs gives zeros for those
 * outside the axis: out[b, o, i, …] = x[b, o, ids[b, i], …], with `batchDims` leading axes b and the axes o up to `axis`.
 * On CPU an index outside the axis fails in TensorFlow's words, of a compiled function when its result is read.
 * Source: the documentation of `tf.gather`.
 */
export function replaceGather(backendName: string): void {
  tf.unregisterKernel('GatherV2', backendName);
  tf.registerKernel({
    kernelName: 'GatherV2',
    backendName,
    kernelFunc({ inputs, attrs, backend }) {
      const native = backend as NativeBackend;
      const { x, indices } = inputs as Record<'x' | 'indices', TensorInfo>;
      const { axis = 0, batchDims = 0 } = attrs as NamedAttrMap & { axis?: number; batchDims?: number };
      const type = (name: string, value: number): OpAttribute => ({ name, type: TYPES.TF_ATTR_TYPE, value });
      const attributes = [
        { name: 'batch_dims', type: TYPES.TF_ATTR_INT, value: batchDims },
        type('Tparams', native.getDTypeInteger(x.dtype)),
        type('Tindices', native.getDTypeInteger(indices.dtype)),
        type('Taxis', TYPES.TF_INT32),
      ];
      const axisTensor = tf.scalar(axis, 'int32');
      const [result] = native.executeMultipleOutputs(
        'GatherV2',
        attributes,
        [x, indices, axisTensor] as tf.Tensor[],
        1,
      );
      axisTensor.dispose();
      return result!;
    },
  });
}

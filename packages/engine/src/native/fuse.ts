import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFunction } from '../engine';
import type { Graph, Kernel } from './graph';
import type { NativeBackend } from './kernels';
import type { Recorder } from './trace';

/** Kernels of this process by what they compute and on which shapes: every block of a network wants the same. */
const kernels = new Map<string, Kernel>();

/** Numbers below which the ops find each other's results in the cache, and a kernel is not worth its compilation. */
export const WORTH_A_KERNEL = 1 << 15;

/**
 * What a graph under construction offers to `fused` of `@idlm/core-diffusion`: several ops become one function that XLA
 * compiles to one kernel, so that numbers go through memory once and not once for each op.
 * @param record a recorder for a graph of its own
 */
export function fuser(backend: NativeBackend, outer: Recorder, graph: Graph, record: (graph: Graph) => Recorder) {
  const makeKernel = (name: string, inputs: readonly Tensor[], fn: TensorFunction): Kernel => {
    const { binding, fuse } = backend;
    const inner = binding.openGraph();
    const { insert, valueOf, recording } = record(inner);
    // A kernel within a kernel is simply part of it.
    Object.assign(backend, { binding: recording, fuse: undefined });
    try {
      const stands = inputs.map(({ dtype, shape }) =>
        backend.createOutputTensor(insert(inner.argument(backend.getDTypeInteger(dtype), shape), `input of ${name}`)),
      );
      const valuesOf = (tensors: Tensor[]) => backend.getInputTensorIds(tensors).map(valueOf);
      const taken = valuesOf(stands);
      return inner.registerKernel(`idlm_${name.replace(/\W/g, '_')}_${kernels.size}`, taken, valuesOf(fn(stands)));
    } finally {
      Object.assign(backend, { binding, fuse });
      inner.dispose();
    }
  };
  return (name: string, inputs: Tensor[], fn: TensorFunction): Tensor[] => {
    if (Math.max(...inputs.map(({ size }) => size)) < WORTH_A_KERNEL) return fn(inputs);
    const key = `${name} ${inputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join(' ')}`;
    let kernel = kernels.get(key);
    if (!kernel) kernels.set(key, (kernel = makeKernel(name, inputs, fn)));
    const given = backend.getInputTensorIds(inputs).map(outer.valueOf);
    return graph
      .call(kernel, given)
      .map((value) => backend.createOutputTensor(outer.insert(value, `the result of ${name}`)));
  };
}

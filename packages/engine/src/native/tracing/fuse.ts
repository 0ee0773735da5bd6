import type { KernelDefinition } from '@idlm/core-diffusion';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../kernels/load-kernels';
import type { Graph, Kernel } from '../tensorflow/types';
import { type Recorder, recorder } from './recorder';
import { signature } from './signature';

/** Kernels of this process by what they compute, then by the types and shapes of what they take: every block of a network wants the same. */
const kernels = new WeakMap<KernelDefinition, Map<string, Kernel>>();
let serial = 0;

function kernelsOf(definition: KernelDefinition): Map<string, Kernel> {
  const known = kernels.get(definition) ?? new Map<string, Kernel>();
  kernels.set(definition, known);
  return known;
}

/** Numbers (262144, 1 MiB in float32) below which the ops find each other's results in the cache, and a kernel is not worth its compilation. */
export const WORTH_A_KERNEL = 1 << 18;

/**
 * What a graph under construction offers to `kernel` of `@idlm/core-diffusion`: several ops become one function that XLA
 * compiles to one kernel, so that numbers go through memory once and not once for each op. Where every input has fewer than
 * `WORTH_A_KERNEL` numbers, the ops are recorded one by one.
 * @param outer records the function that uses the kernel
 * @param graph that of `outer`
 * @throws InputError for a kernel that uses a tensor of the function which is not among its inputs
 */
export function fuser(backend: NativeBackend, outer: Recorder, graph: Graph) {
  const makeKernel = ({ name, fn }: KernelDefinition, inputs: readonly Tensor[]): Kernel => {
    const { binding, fuse } = backend;
    const inner = binding.openGraph();
    const { insert, valueOf, recording } = recorder(outer.binding, inner);
    // A kernel within a kernel is simply part of it.
    Object.assign(backend, { binding: recording, fuse: undefined });
    try {
      const stands = inputs.map(({ dtype, shape }) =>
        backend.createOutputTensor(insert(inner.argument(backend.getDTypeInteger(dtype), shape), `input of ${name}`)),
      );
      const valuesOf = (tensors: Tensor[]) => backend.getInputTensorIds(tensors).map(valueOf);
      const taken = valuesOf(stands);
      return inner.registerKernel(`idlm_${name.replace(/\W/g, '_')}_${serial++}`, taken, valuesOf(fn(stands)));
    } finally {
      Object.assign(backend, { binding, fuse });
      inner.dispose();
    }
  };
  return (definition: KernelDefinition, inputs: Tensor[]): Tensor[] => {
    if (Math.max(...inputs.map(({ size }) => size)) < WORTH_A_KERNEL) return definition.fn(inputs);
    const made = kernelsOf(definition);
    const shapes = signature(inputs);
    let kernel = made.get(shapes);
    if (!kernel) made.set(shapes, (kernel = makeKernel(definition, inputs)));
    const given = backend.getInputTensorIds(inputs).map(outer.valueOf);
    return graph
      .call(kernel, given)
      .map((value) => backend.createOutputTensor(outer.insert(value, `the result of ${definition.name}`)));
  };
}

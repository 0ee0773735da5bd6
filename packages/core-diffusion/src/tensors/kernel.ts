import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What one kernel computes. An engine knows a kernel by this object: its name is for messages, and need not be unique. */
export interface KernelDefinition {
  readonly name: string;
  readonly fn: (inputs: Tensor[]) => Tensor[];
}

/** What an engine may add to its backend: several ops as one kernel, made once for each list of types and shapes. */
export interface Fusing {
  readonly fuse?: (definition: KernelDefinition, inputs: Tensor[]) => Tensor[];
}

/**
 * Elementwise ops and sums over columns as one function, which runs as one kernel where the engine can make one, and op by op
 * elsewhere: on large tensors each op costs a way through memory. For use inside the halves of `differentiable`, where no tape
 * runs. To be defined once, outside of what calls it, since each definition is compiled on its own.
 * @param name what is computed, for messages
 * @param fn pure; every tensor and every number that may vary is among its inputs
 */
export function kernel<Inputs extends readonly Tensor[], Results extends readonly [Tensor, ...Tensor[]]>(
  name: string,
  fn: (...inputs: Inputs) => Results,
): (...inputs: Inputs) => Results {
  const definition: KernelDefinition = { name, fn: (given) => [...fn(...(given as unknown as Inputs))] };
  return (...inputs) => {
    const { fuse } = tf.backend() as Fusing;
    return fuse ? (fuse(definition, [...inputs]) as unknown as Results) : fn(...inputs);
  };
}

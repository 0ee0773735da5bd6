import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

type TensorFunction = (inputs: Tensor[]) => Tensor[];

/** What an engine may add to its backend: several ops as one kernel. */
interface Fusing {
  readonly fuse?: (name: string, inputs: Tensor[], fn: TensorFunction) => Tensor[];
}

/**
 * Runs elementwise ops and sums over columns as one kernel where the engine can make one, and op by op elsewhere: on large
 * tensors each op costs a way through memory. For use inside the halves of `differentiable`, where no tape runs.
 * @param name what is computed; with the shapes of the inputs it must determine the function, which is made once
 * @param fn pure; every tensor that it reads is in `inputs`
 */
export function fused<Inputs extends readonly Tensor[]>(
  name: string,
  inputs: Inputs,
  fn: (...inputs: Inputs) => Tensor[],
): Tensor[] {
  const run = (given: Tensor[]) => fn(...(given as unknown as Inputs));
  const { fuse } = tf.backend() as Fusing;
  return fuse ? fuse(name, [...inputs], run) : run([...inputs]);
}

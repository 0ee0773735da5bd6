import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** A pure function of tensors: what varies from call to call is in `inputs`; all results are in the returned list. */
export type TensorFunction = (inputs: Tensor[]) => Tensor[];

/** How a function is compiled. */
export interface CompileOptions {
  /** Its ops run one after another, which costs less for a chain of them; calls that are under way together fill the threads. */
  readonly sequential?: boolean;
}

/** A function that was compiled. The caller owns the tensors that it returns. */
export interface Compiled extends TensorFunction {
  /** Frees what compiling keeps. */
  dispose(): void;
  /** Calls worth having under way at the same time; 1 where a call keeps this thread until it is done. */
  readonly atOnce: number;
}

/** What an engine offers to make a function fast. Numbers that are not inputs may become constants. */
export type Compile = (fn: TensorFunction, options?: CompileOptions) => Compiled;

/** Results that are freed apart from the inputs, and from one another: an input that is given back is a tensor of its own. */
function apart(inputs: readonly Tensor[], results: readonly Tensor[]): Tensor[] {
  const taken = new Set(inputs);
  return results.map((result) => {
    const own = taken.has(result) ? tf.clone(result) : result;
    taken.add(own);
    return own;
  });
}

/** `Compile` where nothing is compiled: the function itself, inside `tf.tidy`. */
export const runPlainly: Compile = (fn) =>
  Object.assign((inputs: Tensor[]) => tf.tidy(() => apart(inputs, fn(inputs))), { dispose() {}, atOnce: 1 });

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { after } from './after';
import { differentiable } from './differentiable';

/** What `fn` is computed from. */
export interface RecomputedInputs {
  /** float32 tensors that gradients reach. The first is copied for the gradient: better a small one. */
  readonly inputs: readonly Tensor[];
  /** Tensors that are constants to every gradient, of any type. */
  readonly constants?: readonly Tensor[];
}

/** Tensors by what gradients do with them: pure, and reading nothing but its arguments. */
export type RecomputedFunction = (inputs: readonly Tensor[], constants: readonly Tensor[]) => Tensor;

/**
 * The gradients of `fn` at some inputs from that of its value; zeros at those that it does not depend on. May be called inside a
 * hand-written gradient, while tfjs walks along its own tape: that one is put aside meanwhile.
 */
export function gradientsAt(
  fn: (inputs: readonly Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  dy: Tensor,
): Tensor[] {
  const engine = tf.engine();
  const outer = engine.state.activeTape;
  try {
    return tf.tidy(() => {
      const { grads } = engine.gradients(() => fn(inputs), [...inputs], dy, true);
      return grads.map((gradient, i) => (gradient as Tensor | undefined) ?? tf.zerosLike(inputs[i]!));
    });
  } finally {
    engine.state.activeTape = outer;
  }
}

/**
 * fn(inputs, constants), of which nothing but its arguments is kept for the gradient: what lies between is computed again, once the
 * gradient of the value is there. Costs a second forward computation, and changes no number.
 * Source: Chen et al. (arXiv 1604.06174), "Training deep nets with sublinear memory cost".
 */
export function recomputed({ inputs, constants = [] }: RecomputedInputs, fn: RecomputedFunction): Tensor {
  return differentiable({
    inputs,
    forward: () => ({ value: fn(inputs, constants), saved: [...inputs, ...constants] }),
    backward(dy, saved) {
      const [first, ...rest] = saved.slice(0, inputs.length) as [Tensor, ...Tensor[]];
      return gradientsAt((given) => fn(given, saved.slice(inputs.length)), [after(first, dy), ...rest], dy);
    },
  });
}

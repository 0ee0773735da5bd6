import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** An operation with its gradient written by hand. */
export interface HandWritten {
  readonly inputs: readonly Tensor[];
  /** The value, and the tensors that the gradient needs. Runs outside the tape. */
  readonly forward: () => { readonly value: Tensor; readonly saved: readonly Tensor[] };
  /** Gradients of the inputs, in their order, from that of the value. */
  readonly backward: (dy: Tensor, saved: readonly Tensor[]) => Tensor[];
}

/** Runs an operation so that gradients use `backward`: fewer passes and fewer kept tensors than the tape would make. */
export const differentiable = ({ inputs, forward, backward }: HandWritten): Tensor =>
  tf.customGrad((...given) => {
    const save = given[given.length - 1] as unknown as (tensors: Tensor[]) => void;
    const results = tf.tidy(() => {
      const { value, saved } = forward();
      return [value, ...saved];
    });
    const [value, ...saved] = results as [Tensor, ...Tensor[]];
    save(saved);
    return { value, gradFunc: (dy: Tensor, kept: Tensor[]) => backward(dy, kept) };
  })(...inputs);

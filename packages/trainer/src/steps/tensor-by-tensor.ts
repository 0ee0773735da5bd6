import { type Compile, type Parameters, compileNamed } from '@idlm/core-diffusion';
import { LARGE_NETWORK } from '@idlm/denoiser';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { StateGroups } from '../networks/network-state';
import { freeGroups } from '../networks/tensor-groups';
import { squaredNorm } from '../optimizers/clip';
import type { OptimizerOptions } from './step';
import type { ChangeMeasure } from './update-ratio';
import {
  type Measured,
  type UpdateScalars,
  type WeightGroups,
  groupsOfWeights,
  measureGradients,
  methodOf,
  moveOne,
  weightOf,
} from './update';

/** Numbers of all tensors together. */
const sizeOf = (parameters: Parameters): number => Object.values(parameters).reduce((sum, { size }) => sum + size, 0);

/**
 * How networks are updated so that old and new tensors are never there at once, but for one. Of P weights in float32 with
 * AdamW's two moments, average and gradient, an update at once holds 9 · 4 P bytes at its peak; this holds 5 · 4 P and those of one weight.
 */
export interface TensorByTensor {
  /** Whether a network should be updated so: a large one, whose optimizer moves each weight by itself. */
  suits(weights: Parameters): boolean;
  /** The norm of gradients, and the numbers that `move` takes; the caller frees them. @param numbers those of `numbersOf` */
  measure(gradients: Parameters, numbers: Tensor): Measured;
  /** The state after the update. Gradients and the old state are freed on the way. @param change given each weight, where it is there */
  move(state: StateGroups, gradients: Parameters, scalars: UpdateScalars, change?: ChangeMeasure): Promise<StateGroups>;
  dispose(): void;
}

/** What one weight is moved by: its gradient, summed over parts, its tensors before, and the update's scalars, [] each. */
interface OneMove {
  readonly gradient: Tensor;
  readonly before: WeightGroups;
  readonly scalars: UpdateScalars;
}

/**
 * The update of `updateNetwork` weight by weight, with the same numbers: the norm of all gradients comes first, of which only P sums
 * of squares are kept, and each weight is then moved, waited for and freed before the next.
 * @param compile of the engine; one function a shape of weights is traced
 * @param largeFrom weights from which on a network is large, for tests
 */
export function tensorByTensor(compile: Compile, options: OptimizerOptions, largeFrom = LARGE_NETWORK): TensorByTensor {
  const measure = compileNamed(
    compile,
    ({ squares, numbers }: { readonly squares: Parameters; readonly numbers: Tensor }) =>
      measureGradients(Object.values(squares), numbers, options),
  );
  const square = compileNamed(compile, ({ gradient }: { readonly gradient: Tensor }) => ({
    sum: squaredNorm(gradient),
  }));
  const one = compileNamed(compile, ({ gradient, before, scalars }: OneMove) => {
    const after = moveOne(options, gradient, before, scalars);
    // Small enough to be waited for.
    return { after, done: tf.slice(tf.reshape(after.weights, [-1]), 0, 1) };
  });
  return {
    suits: (weights) => methodOf(options).moveWeight !== undefined && sizeOf(weights) >= largeFrom,
    measure(gradients, numbers) {
      // One call for each: in one for all, squares of all gradients would be there before the first is summed.
      const squares: Record<string, Tensor> = {};
      try {
        for (const [name, gradient] of Object.entries(gradients)) squares[name] = square.run({ gradient }).sum;
        return measure.run({ squares, numbers });
      } finally {
        freeGroups(squares);
      }
    },
    async move(state, gradients, scalars, change) {
      // Small ones first: by the time that the largest are there twice, most gradients are gone.
      const names = Object.keys(state.weights).sort((a, b) => state.weights[a]!.size - state.weights[b]!.size);
      const moved: Record<string, WeightGroups> = {};
      try {
        for (const name of names) {
          const [gradient, before] = [gradients[name]!, weightOf(state, name)];
          const { after, done } = one.run({ gradient, before, scalars });
          moved[name] = after;
          // Calls return before they are done; those of all tensors at once would take what this is to save.
          await done.data().finally(() => done.dispose());
          await change?.add({ before: { weight: before.weights }, after: { weight: after.weights } });
          freeGroups({ gradient, before });
        }
      } catch (error) {
        freeGroups(moved);
        throw error;
      }
      return groupsOfWeights(Object.fromEntries(Object.keys(state.weights).map((name) => [name, moved[name]!])));
    },
    dispose() {
      measure.dispose();
      square.dispose();
      one.dispose();
    },
  };
}

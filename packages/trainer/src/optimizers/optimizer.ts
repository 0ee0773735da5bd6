import type { Parameters, Spec } from '@idlm/core-diffusion';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What an optimizer keeps of a network between updates: named groups, such as moments, each a tree of tensors by name. */
export type OptimizerState = Readonly<Record<string, Parameters>>;

/**
 * Numbers of one update, by name; on the device they are scalars. `scale` is there always: what the gradient is to be multiplied
 * with first (clipping, and the share of a part).
 */
export type StepScalars = Readonly<Record<string, Tensor>> & { readonly scale: Tensor };

/** New weights, and what is kept for the next update. */
export interface Moved {
  readonly parameters: Parameters;
  readonly state: OptimizerState;
}

/** One weight and its tensor of each group of the state, before or after an update. */
export interface MovedWeight {
  readonly weight: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
}

/**
 * How gradients become new weights: a pair of functions over trees of tensors, which own nothing. Whatever varies from update to
 * update is an input, so that a traced step freezes none of it.
 * Source: the shape is that of optax's `GradientTransformation`.
 */
export interface Optimizer {
  readonly spec: Spec;
  /** The state before the first update, in tensors of its own. Its groups have other names than `weights` and `ema`. */
  init(parameters: Parameters): OptimizerState;
  /** Host: the numbers of update n = 1, 2, … at a learning rate. Their names are the same for all updates, and none is `scale`. */
  numbers(rate: number, n: number): Readonly<Record<string, number>>;
  /** Device: pure, with results of the same names and shapes. @param gradients not yet scaled */
  update(gradients: Parameters, parameters: Parameters, state: OptimizerState, scalars: StepScalars): Moved;
  /**
   * The same for one weight, where each of its numbers moves by itself: elementwise ops alone, whose constants are among the
   * scalars. A step then runs it with the moving average as one kernel. To be one function for all instances.
   */
  readonly moveWeight?: MoveWeight;
}

/** `Optimizer.update` of one weight. */
export type MoveWeight = (gradient: Tensor, before: MovedWeight, scalars: StepScalars) => MovedWeight;

/** `Optimizer.update` of all weights, from that of one. */
export const updateEach =
  (move: MoveWeight): Optimizer['update'] =>
  (gradients, parameters, state, scalars) => {
    const [groups, names] = [Object.keys(state), Object.keys(parameters)];
    const after = names.map((name) => {
      const own = Object.fromEntries(groups.map((group) => [group, state[group]![name]!]));
      return move(gradients[name]!, { weight: parameters[name]!, state: own }, scalars);
    });
    const each = (of: (moved: MovedWeight) => Tensor) =>
      Object.fromEntries(names.map((name, i) => [name, of(after[i]!)]));
    return {
      parameters: each(({ weight }) => weight),
      state: Object.fromEntries(groups.map((group) => [group, each((moved) => moved.state[group]!)])),
    };
  };

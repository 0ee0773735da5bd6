import { type Parameters, kernel } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type StateGroups, groupsOf, stateOf } from '../networks/network-state';
import { adamw } from '../optimizers/adamw';
import { clipFactor, squaredNorms } from '../optimizers/clip';
import { emaDecay, moveAverage } from '../optimizers/ema';
import type { MoveWeight, Optimizer, StepScalars } from '../optimizers/optimizer';
import type { OptimizerOptions } from './step';

/** A limit that no finite gradient reaches. */
const NO_LIMIT = 3e38;

const STANDARD = adamw();

/** The optimizer of some options. */
export const methodOf = ({ method = STANDARD }: Pick<OptimizerOptions, 'method'>): Optimizer => method;

/** The numbers of update k = 0, 1, … that its step takes as one vector; `share` is 1/parts of an accumulated gradient. */
export function numbersOf(options: OptimizerOptions, k: number, parts: number): number[] {
  const forget = 1 - emaDecay(options.ema)(k + 1);
  const clip = Math.min(options.clip ?? NO_LIMIT, NO_LIMIT);
  return [clip, 1 / parts, forget, ...Object.values(methodOf(options).numbers(options.rate(k), k + 1))];
}

/** The new tensors of a network, and what the host looks at before it takes them. */
export interface Updated {
  readonly norm: Tensor;
  /** Σ g² of each parameter, [P]. */
  readonly squares: Tensor;
  readonly groups: StateGroups;
}

type Kernel = (...inputs: Tensor[]) => [Tensor, ...Tensor[]];
const kernels = new WeakMap<MoveWeight, Map<string, Kernel>>();

/**
 * One weight's move with that of its average, of [gradient, forget, ema, weight, slots …, scalars …]: one kernel for each
 * function, since its names never change.
 */
function kernelOf(move: MoveWeight, name: string, slots: readonly string[], scalars: readonly string[]): Kernel {
  const known = kernels.get(move) ?? new Map<string, Kernel>();
  kernels.set(move, known);
  const key = JSON.stringify([slots, scalars]);
  const found = known.get(key);
  if (found) return found;
  const made: Kernel = kernel(name, (...[gradient, forget, ema, weight, ...rest]: Tensor[]) => {
    const named = (names: readonly string[], from: number) =>
      Object.fromEntries(names.map((each, i) => [each, rest[from + i]!]));
    const after = move(
      gradient!,
      { weight: weight!, slots: named(slots, 0) },
      named(scalars, slots.length) as StepScalars,
    );
    return [after.weight, moveAverage(ema!, after.weight, forget!), ...slots.map((slot) => after.slots[slot]!)];
  });
  known.set(key, made);
  return made;
}

/** Weights, slots and averages after one update: weight by weight in kernels, where the optimizer can. */
function moveAll(
  { spec, moveWeight, update }: Optimizer,
  gradients: Parameters,
  groups: StateGroups,
  scalars: StepScalars,
  forget: Tensor,
): StateGroups {
  const { weights, ema, optimizer } = stateOf(groups, 0);
  const [names, slots] = [Object.keys(weights), Object.keys(optimizer)];
  if (!moveWeight) {
    const { parameters, state } = update(gradients, weights, optimizer, scalars);
    const average = names.map((name): [string, Tensor] => [name, moveAverage(ema[name]!, parameters[name]!, forget)]);
    return groupsOf({ weights: parameters, optimizer: state, ema: Object.fromEntries(average) });
  }
  const move = kernelOf(moveWeight, spec.name, slots, Object.keys(scalars));
  const after = names.map((name) => {
    const own = slots.map((slot) => optimizer[slot]![name]!);
    return move(gradients[name]!, forget, ema[name]!, weights[name]!, ...own, ...Object.values(scalars));
  });
  const group = (index: number): Parameters => Object.fromEntries(names.map((name, i) => [name, after[i]![index]!]));
  const moved = Object.fromEntries(slots.map((slot, i) => [slot, group(2 + i)]));
  return groupsOf({ weights: group(0), optimizer: moved, ema: group(1) });
}

/** One clipped update with its moving average, pure on the device. @param numbers those of `numbersOf` */
export function updateNetwork(
  gradients: Parameters,
  groups: StateGroups,
  numbers: Tensor,
  options: Pick<OptimizerOptions, 'method'>,
): Updated {
  const method = methodOf(options);
  const [clip, share, forget, ...values] = tf.unstack(numbers) as [Tensor, Tensor, Tensor, ...Tensor[]];
  const squares = squaredNorms(Object.keys(groups.weights).map((name) => gradients[name]!));
  const norm = tf.mul(tf.sqrt(tf.sum(squares)), share);
  const scale = tf.mul(clipFactor(norm, clip), share);
  const own = Object.keys(method.numbers(1, 1)).map((name, i) => [name, values[i]!]);
  const scalars = { scale, ...Object.fromEntries(own) } as StepScalars;
  return { norm, squares, groups: moveAll(method, gradients, groups, scalars, forget) };
}

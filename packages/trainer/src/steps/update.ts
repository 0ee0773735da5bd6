import { InputError, type Parameters, kernel, requireMembers } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type StateGroups, copyParameters, groupsOf, stateOf } from '../networks/network-state';
import { adamw } from '../optimizers/adamw';
import { clipFactor, squaredNorm } from '../optimizers/clip';
import { emaDecay, moveAverage } from '../optimizers/ema';
import type { MoveWeight, Moved, Optimizer, StepScalars } from '../optimizers/optimizer';
import type { OptimizerOptions } from './step';

/** A limit that no finite gradient reaches: near the largest float32, 3.4e38, of which the square root is 1.8e19. */
const NO_LIMIT = 3e38;

const STANDARD = adamw();

/** The optimizer of some options. */
export const methodOf = ({ method = STANDARD }: Pick<OptimizerOptions, 'method'>): Optimizer => method;

/**
 * Host: `Optimizer.numbers`, held against its contract.
 * @throws InputError for what is no numbers, or not finite where the rate is
 */
function ownNumbers({ spec, numbers }: Optimizer, rate: number, n: number): Readonly<Record<string, number>> {
  const given: unknown = numbers(rate, n);
  const named = `numbers of the optimizer "${spec.name}" must give finite numbers by name`;
  if (typeof given !== 'object' || given === null) throw new InputError(`${named}; it gave ${String(given)}.`);
  for (const [name, value] of Object.entries(given))
    if (typeof value !== 'number' || (Number.isFinite(rate) && !Number.isFinite(value)))
      throw new InputError(`${named}; it gave ${name} = ${String(value)} for update ${n}.`);
  return given as Readonly<Record<string, number>>;
}

/**
 * The numbers of update k = 0, 1, … that its step takes as one vector [3 + N]: the limit of the norm, the share 1/parts of an
 * accumulated gradient, 1 − d of the average, and the N numbers of the optimizer in their own order. All that changes from update
 * to update is among them, so that a traced step freezes none of it.
 */
export function numbersOf(options: OptimizerOptions, k: number, parts: number): number[] {
  const forget = 1 - emaDecay(options.ema)(k + 1);
  const clip = Math.min(options.clip ?? NO_LIMIT, NO_LIMIT);
  return [clip, 1 / parts, forget, ...Object.values(ownNumbers(methodOf(options), options.rate(k), k + 1))];
}

/** The new tensors of a network, and what the host looks at before it takes them. */
export interface Updated {
  /** √(Σ g²) over all weights, of the mean over the parts and before clipping, []. */
  readonly norm: Tensor;
  /** Σ g² of each parameter, [P]. */
  readonly squares: Tensor;
  readonly groups: StateGroups;
}

type Kernel = (...inputs: Tensor[]) => [Tensor, ...Tensor[]];
const kernels = new WeakMap<MoveWeight, Map<string, Kernel>>();

/** Names of what moves with a weight: the groups of the optimizer's state, its scalars, and whether an average follows. */
interface Moving {
  readonly name: string;
  readonly kept: readonly string[];
  readonly scalars: readonly string[];
  readonly averaged: boolean;
}

/**
 * One weight's move with that of its average, of [gradient, weight, state …, scalars …, ema and forget if averaged]: one kernel for
 * each function, since its names never change. Gives the weight, its state and its average.
 */
function kernelOf(move: MoveWeight, { name, kept, scalars, averaged }: Moving): Kernel {
  const known = kernels.get(move) ?? new Map<string, Kernel>();
  kernels.set(move, known);
  const key = JSON.stringify([kept, scalars, averaged]);
  const found = known.get(key);
  if (found) return found;
  const made: Kernel = kernel(name, (...[gradient, weight, ...rest]: Tensor[]) => {
    const named = (names: readonly string[], from: number) =>
      Object.fromEntries(names.map((each, i) => [each, rest[from + i]!]));
    const after = move(
      gradient!,
      { weight: weight!, state: named(kept, 0) },
      named(scalars, kept.length) as StepScalars,
    );
    const [ema, forget] = rest.slice(kept.length + scalars.length);
    const average = averaged ? [moveAverage(ema!, after.weight, forget!)] : [];
    return [after.weight, ...kept.map((group) => after.state[group]!), ...average];
  });
  known.set(key, made);
  return made;
}

/** The numbers of an update on the device, by name; `scale` and `forget` among them. */
export type UpdateScalars = StepScalars & { readonly forget: Tensor };

/** Whether an average of weights is kept: at a decay of 0 it is the weights themselves, and takes no memory. */
const isAveraged = ({ ema }: Pick<OptimizerOptions, 'ema'>): boolean => ema.decay > 0;

/** One weight's tensors by group, as in `StateGroups`: weights, ema, and the optimizer's own. */
export type WeightGroups = Readonly<Record<string, Tensor>> & { readonly weights: Tensor; readonly ema: Tensor };

/**
 * One weight after an update, for optimizers that move each by itself: its tensors in the shape and order of those before, which
 * stay the caller's. Where no average is kept, `ema` is the weight in a tensor of its own.
 */
export function moveOne(
  options: Pick<OptimizerOptions, 'method' | 'ema'>,
  gradient: Tensor,
  { weights, ema, ...state }: WeightGroups,
  { forget, ...scalars }: UpdateScalars,
): WeightGroups {
  const { moveWeight, spec } = methodOf(options);
  const averaged = isAveraged(options);
  const names = Object.keys(state);
  const move = kernelOf(moveWeight!, { name: spec.name, kept: names, scalars: Object.keys(scalars), averaged });
  const average = averaged ? [ema, forget] : [];
  const [weight, ...after] = move(gradient, weights, ...Object.values(state), ...Object.values(scalars), ...average);
  const moved = Object.fromEntries(names.map((name, i) => [name, after[i]!]));
  return { weights: weight, ...moved, ema: averaged ? after[names.length]! : tf.clone(weight) };
}

/** One weight of a state's groups. */
export const weightOf = (groups: StateGroups, name: string): WeightGroups =>
  Object.fromEntries(Object.entries(groups).map(([group, tensors]) => [group, tensors[name]!])) as WeightGroups;

/** Groups of one weight each, by its name, as a state's. */
export const groupsOfWeights = (weights: Readonly<Record<string, WeightGroups>>): StateGroups => {
  const [first] = Object.values(weights);
  const each = (group: string): Parameters =>
    Object.fromEntries(Object.entries(weights).map(([name, groups]) => [name, groups[group]!]));
  return Object.fromEntries(Object.keys(first!).map((group) => [group, each(group)])) as StateGroups;
};

/** @throws InputError for what are not tensors of the old ones' names and shapes. @param what each is, in messages */
function requireShapes(what: string, given: Parameters | undefined, wanted: Parameters): void {
  for (const [name, tensor] of Object.entries(wanted)) {
    const [has, shape] = [String(given?.[name]?.shape ?? 'none'), String(tensor.shape)];
    if (has !== shape) throw new InputError(`${what} ${name} of shape [${has}]; it must be [${shape}].`);
  }
}

/** @throws InputError for what is not new weights and a state of the old ones' names and shapes */
function requireMoved(optimizer: string, moved: Moved, weights: Parameters, state: Moved['state']): void {
  const named = `What update of the optimizer "${optimizer}" gives`;
  requireMembers(named, moved, { parameters: 'object', state: 'object' });
  requireShapes(`${named} has the parameter`, moved.parameters, weights);
  for (const [group, tensors] of Object.entries(state))
    requireShapes(`${named} has the state ${group} of`, moved.state[group], tensors);
}

/** Weights, states and averages after one update: weight by weight in kernels, where the optimizer can. */
function moveAll(
  options: Pick<OptimizerOptions, 'method' | 'ema'>,
  gradients: Parameters,
  groups: StateGroups,
  scalars: UpdateScalars,
): StateGroups {
  const { weights, ema, optimizer } = stateOf(groups, 0);
  const { moveWeight, update, spec } = methodOf(options);
  const names = Object.keys(weights);
  if (moveWeight) {
    const moved = names.map((name) => [name, moveOne(options, gradients[name]!, weightOf(groups, name), scalars)]);
    return groupsOfWeights(Object.fromEntries(moved) as Record<string, WeightGroups>);
  }
  const moved = update(gradients, weights, optimizer, scalars);
  requireMoved(spec.name, moved, weights, optimizer);
  const { parameters, state } = moved;
  if (!isAveraged(options)) return groupsOf({ weights: parameters, optimizer: state, ema: copyParameters(parameters) });
  const average = names.map((name): [string, Tensor] => [
    name,
    moveAverage(ema[name]!, parameters[name]!, scalars.forget),
  ]);
  return groupsOf({ weights: parameters, optimizer: state, ema: Object.fromEntries(average) });
}

/** What the host looks at before it takes an update, and the numbers with which it is made. */
export interface Measured {
  readonly norm: Tensor;
  /** Σ g² of each parameter, [P]. */
  readonly squares: Tensor;
  readonly scalars: UpdateScalars;
}

/**
 * The norm of gradients, and the numbers of an update that clips them: norm = share · √(Σ each), and the gradient is to be
 * multiplied by scale = share · min(1, clip / (norm + 1e-6)).
 * @param each Σ g² of each gradient, [] each: one that is not finite names its tensor
 * @param numbers those of `numbersOf`
 */
export function measureGradients(
  each: readonly Tensor[],
  numbers: Tensor,
  options: Pick<OptimizerOptions, 'method'>,
): Measured {
  const [clip, share, forget, ...values] = tf.unstack(numbers) as [Tensor, Tensor, Tensor, ...Tensor[]];
  const squares = tf.stack([...each]);
  const norm = tf.mul(tf.sqrt(tf.sum(squares)), share);
  const scale = tf.mul(clipFactor(norm, clip), share);
  const optimizer = methodOf(options);
  const names = Object.keys(ownNumbers(optimizer, 1, 1));
  const taken = names.find((name) => name === 'scale' || name === 'forget');
  if (taken)
    throw new InputError(
      `The optimizer "${optimizer.spec.name}" has a number "${taken}", which every step has; name it otherwise.`,
    );
  const own = names.map((name, i) => [name, values[i]!]);
  return { norm, squares, scalars: { scale, ...Object.fromEntries(own), forget } as UpdateScalars };
}

/**
 * One clipped update with its moving average, pure on the device.
 * @param gradients summed over the parts of a batch, by the names of the weights
 * @param groups the state before; not freed
 * @param numbers those of `numbersOf`
 */
export function updateNetwork(
  gradients: Parameters,
  groups: StateGroups,
  numbers: Tensor,
  options: Pick<OptimizerOptions, 'method' | 'ema'>,
): Updated {
  const inOrder = Object.keys(groups.weights).map((name) => squaredNorm(gradients[name]!));
  const { norm, squares, scalars } = measureGradients(inOrder, numbers, options);
  return { norm, squares, groups: moveAll(options, gradients, groups, scalars) };
}

import { InputError, type Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { adamw } from '../optimizers/adamw';
import type { Optimizer, OptimizerState } from '../optimizers/optimizer';
import { freeGroups } from './tensor-groups';

/** A network under training. */
export interface NetworkState {
  readonly weights: Parameters;
  /** Exponential moving average of the weights, by the same names and in the same shapes; what is sampled and saved as the model. */
  readonly ema: Parameters;
  /** What its optimizer keeps, by group; nothing for a network that is only replaced. */
  readonly optimizer: OptimizerState;
  /** Updates made so far. */
  readonly updates: number;
}

/** A state's tensors: those of a step, and of the files of a checkpoint. */
export type StateGroups = Readonly<Record<string, Parameters>> & Pick<NetworkState, 'weights' | 'ema'>;

/** The groups of tensors of a state: weights, those of the optimizer's state, and the average. */
export const groupsOf = ({ weights, optimizer, ema }: Omit<NetworkState, 'updates'>): StateGroups => ({
  weights,
  ...optimizer,
  ema,
});

/** The state of some groups. */
export const stateOf = ({ weights, ema, ...optimizer }: StateGroups, updates: number): NetworkState => ({
  ...{ weights, ema, optimizer, updates },
});

/** The same weights in tensors of their own. */
export const copyParameters = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tf.clone(tensor)]));

/**
 * A fresh state on copies of the given weights; the caller keeps its own.
 * @param optimizer what will train it (default `adamw()`, as that of a step)
 * @throws InputError for an optimizer whose groups have the names of others, or that keeps no groups
 */
export function startNetwork(parameters: Parameters, optimizer: Optimizer = adamw()): NetworkState {
  const state = optimizer.init(parameters);
  if (typeof state !== 'object' || state === null)
    throw new InputError(
      `init of the optimizer "${optimizer.spec.name}" must give groups of tensors, {} where it keeps nothing; it gave ${String(state)}.`,
    );
  const taken = ['weights', 'ema'].find((name) => Object.hasOwn(state, name));
  if (taken) {
    freeGroups(state);
    throw new InputError(
      `The optimizer ${optimizer.spec.name} keeps a group "${taken}", which is a name of the network's.`,
    );
  }
  return { ...replacedNetwork(parameters), optimizer: state };
}

/** The state of a network that is not trained, only replaced: copies of the given weights. */
export const replacedNetwork = (parameters: Parameters): NetworkState => ({
  ...{ weights: copyParameters(parameters), ema: copyParameters(parameters), optimizer: {}, updates: 0 },
});

/** Frees a state's tensors. */
export const disposeNetwork = (state: NetworkState): void => freeGroups(groupsOf(state));

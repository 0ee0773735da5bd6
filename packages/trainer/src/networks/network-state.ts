import type { Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';

/** A network under training: weights, their moments and their average, all by the network's parameter names. */
export interface NetworkState {
  readonly weights: Parameters;
  /** First moments of AdamW. */
  readonly first: Parameters;
  /** Second moments of AdamW. */
  readonly second: Parameters;
  /** Exponential moving average of the weights. */
  readonly ema: Parameters;
  /** Updates made so far. */
  readonly updates: number;
}

/** The four groups of tensors of a state, in the order of files and steps. */
export const GROUPS = ['weights', 'first', 'second', 'ema'] as const;

/** One of them. */
export type Group = (typeof GROUPS)[number];

const map = (parameters: Parameters, fn: (tensor: tf.Tensor) => tf.Tensor): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, fn(tensor)]));

/** The same weights in tensors of their own. */
export const copyParameters = (parameters: Parameters): Parameters => map(parameters, tf.clone);

/** A fresh state on copies of the given weights; the caller keeps its own. */
export const startNetwork = (parameters: Parameters): NetworkState => ({
  weights: copyParameters(parameters),
  first: map(parameters, tf.zerosLike),
  second: map(parameters, tf.zerosLike),
  ema: copyParameters(parameters),
  updates: 0,
});

/** Frees a state's tensors. */
export const disposeNetwork = (state: NetworkState): void =>
  GROUPS.forEach((group) => Object.values(state[group]).forEach((tensor) => tensor.dispose()));

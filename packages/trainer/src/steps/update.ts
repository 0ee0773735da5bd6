import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Group } from '../networks/network-state';
import { type AdamWOptions, adamW, adamWNumbers } from '../optimizers/adamw';
import { clipFactor, squaredNorms } from '../optimizers/clip';
import { type EmaOptions, emaDecay, moveAverage } from '../optimizers/ema';

/** How one network is optimised. */
export interface OptimizerOptions extends AdamWOptions {
  /** Rate of update k = 0, 1, …; see `learningRate`. */
  readonly rate: (update: number) => number;
  /** Largest norm of the gradient; none by default. */
  readonly clip?: number;
  readonly ema: EmaOptions;
}

/** A limit that no finite gradient reaches. */
const NO_LIMIT = 3e38;

/** The numbers of update k = 0, 1, … that its step takes as one vector; `share` is 1/parts of an accumulated gradient. */
export function numbersOf(options: OptimizerOptions, k: number, parts: number): number[] {
  const { stepSize, rootCorrection, keep } = adamWNumbers(options.rate(k), k + 1, options);
  const forget = 1 - emaDecay(options.ema)(k + 1);
  return [stepSize, rootCorrection, keep, Math.min(options.clip ?? NO_LIMIT, NO_LIMIT), forget, 1 / parts];
}

/** The new tensors of a network, and what the host looks at before it takes them. */
export interface Updated {
  readonly norm: Tensor;
  /** Σ g² of each parameter, [P]. */
  readonly squares: Tensor;
  readonly groups: Readonly<Record<Group, Readonly<Record<string, Tensor>>>>;
}

/** One clipped AdamW update with its moving average, pure on the device. @param numbers those of `numbersOf`, [6] */
export function updateNetwork(
  gradients: Readonly<Record<string, Tensor>>,
  state: Readonly<Record<Group, Readonly<Record<string, Tensor>>>>,
  numbers: Tensor,
  options: AdamWOptions,
): Updated {
  const [stepSize, rootCorrection, keep, clip, forget, share] = tf
    .split(numbers, 6)
    .map((one) => tf.reshape(one, [])) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const names = Object.keys(state.weights);
  const inOrder = names.map((name) => gradients[name]!);
  const squares = squaredNorms(inOrder);
  const norm = tf.mul(tf.sqrt(tf.sum(squares)), share);
  const scale = tf.mul(clipFactor(norm, clip), share);
  const before = names.map((name) => ({
    weight: state.weights[name]!,
    first: state.first[name]!,
    second: state.second[name]!,
  }));
  const after = adamW(inOrder, before, { stepSize, rootCorrection, keep }, scale, options);
  const named = (value: (i: number) => Tensor) => Object.fromEntries(names.map((name, i) => [name, value(i)]));
  return {
    norm,
    squares,
    groups: {
      weights: named((i) => after[i]!.weight),
      first: named((i) => after[i]!.first),
      second: named((i) => after[i]!.second),
      ema: named((i) => moveAverage(state.ema[names[i]!]!, after[i]!.weight, forget)),
    },
  };
}

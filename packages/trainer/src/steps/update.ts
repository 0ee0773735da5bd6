import { fused } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { GROUPS, type Group } from '../networks/network-state';
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

/** A parameter's tensors in the order of `GROUPS`. */
type Quadruple = [weight: Tensor, first: Tensor, second: Tensor, ema: Tensor];
type Numbers = [stepSize: Tensor, rootCorrection: Tensor, keep: Tensor, scale: Tensor, forget: Tensor];

/** The new weight, moments and average of one parameter: where there can be kernels, one for each shape. */
function moveOne(gradient: Tensor, before: Quadruple, numbers: Numbers, options: AdamWOptions): Quadruple {
  const move = (...given: [Tensor, ...Quadruple, ...Numbers]): Quadruple => {
    const [slope, weight, first, second, ema, stepSize, rootCorrection, keep, scale, forget] = given;
    const after = adamW(slope, { weight, first, second }, { stepSize, rootCorrection, keep }, scale, options);
    return [after.weight, after.first, after.second, moveAverage(ema, after.weight, forget)];
  };
  const { beta1, beta2, epsilon, weightDecay } = options;
  const name = `adamw ${[beta1, beta2, epsilon, weightDecay].join(' ')}`;
  return fused(name, [gradient, ...before, ...numbers] as Parameters<typeof move>, move) as Quadruple;
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
  const after = names.map((name, i) => {
    const before = GROUPS.map((group) => state[group][name]!) as Quadruple;
    return moveOne(inOrder[i]!, before, [stepSize, rootCorrection, keep, scale, forget], options);
  });
  const groups = GROUPS.map((group, index) => [
    group,
    Object.fromEntries(names.map((name, i) => [name, after[i]![index]!])),
  ]);
  return { norm, squares, groups: Object.fromEntries(groups) as Updated['groups'] };
}

import { kernel } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { GROUPS, type Group } from '../networks/network-state';
import { type AdamWNumbers, type AdamWOptions, adamW, adamWNumbers } from '../optimizers/adamw';
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

/** The order of AdamW's numbers in the vector of a step. */
const ADAMW_NUMBERS = [
  'beta1',
  'share1',
  'beta2',
  'share2',
  'epsilon',
  'stepSize',
  'rootCorrection',
  'keep',
] as const satisfies readonly (keyof AdamWNumbers<unknown>)[];

/** The numbers of update k = 0, 1, … that its step takes as one vector; `share` is 1/parts of an accumulated gradient. */
export function numbersOf(options: OptimizerOptions, k: number, parts: number): number[] {
  const numbers = adamWNumbers(options.rate(k), k + 1, options);
  const forget = 1 - emaDecay(options.ema)(k + 1);
  const clip = Math.min(options.clip ?? NO_LIMIT, NO_LIMIT);
  return [clip, 1 / parts, forget, ...ADAMW_NUMBERS.map((name) => numbers[name])];
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

/** The new weight, moments and average of one parameter: where there can be kernels, one for each shape. */
const moveOne = kernel(
  'adamw',
  (
    gradient: Tensor,
    scale: Tensor,
    forget: Tensor,
    ...[weight, first, second, ema, ...values]: [...Quadruple, ...Tensor[]]
  ) => {
    const numbers = Object.fromEntries(
      ADAMW_NUMBERS.map((name, i) => [name, values[i]!]),
    ) as unknown as AdamWNumbers<Tensor>;
    const after = adamW(gradient, { weight, first, second }, numbers, scale);
    return [after.weight, after.first, after.second, moveAverage(ema, after.weight, forget)];
  },
);

/** One clipped AdamW update with its moving average, pure on the device. @param numbers those of `numbersOf` */
export function updateNetwork(
  gradients: Readonly<Record<string, Tensor>>,
  state: Readonly<Record<Group, Readonly<Record<string, Tensor>>>>,
  numbers: Tensor,
): Updated {
  const [clip, share, forget, ...adamWValues] = tf.unstack(numbers) as [Tensor, Tensor, Tensor, ...Tensor[]];
  const names = Object.keys(state.weights);
  const inOrder = names.map((name) => gradients[name]!);
  const squares = squaredNorms(inOrder);
  const norm = tf.mul(tf.sqrt(tf.sum(squares)), share);
  const scale = tf.mul(clipFactor(norm, clip), share);
  const after = names.map((name, i) => {
    const before = GROUPS.map((group) => state[group][name]!) as Quadruple;
    return moveOne(inOrder[i]!, scale, forget, ...before, ...adamWValues);
  });
  const groups = GROUPS.map((group, index) => [
    group,
    Object.fromEntries(names.map((name, i) => [name, after[i]![index]!])),
  ]);
  return { norm, squares, groups: Object.fromEntries(groups) as Updated['groups'] };
}

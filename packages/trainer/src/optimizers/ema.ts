import { InputError } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** How the exponential moving average of weights runs. */
export interface EmaOptions {
  /** Highest decay d, in [0, 1): the average reaches back some 1/(1 − d) updates; at 0 it is the weights themselves. */
  readonly decay: number;
  /** The references' warm-up: decay min(decay, (1 + n)/(10 + n)) at update n = 1, 2, … (default true). */
  readonly warmup?: boolean;
}

/**
 * The decay d of update n = 1, 2, … of ema ← d ema + (1 − d) w. With the warm-up it begins at 2/11 and is 0.99 from n = 890 on,
 * so that the average does not remember the initial weights for long.
 * @throws InputError if the decay is not in [0, 1)
 * Source: MDLM repository, `ExponentialMovingAverage`.
 */
export function emaDecay({ decay, warmup = true }: EmaOptions): (update: number) => number {
  if (!(decay >= 0 && decay < 1)) throw new InputError(`The decay of an average lies in [0, 1); ${decay} was given.`);
  return (update) => (warmup ? Math.min(decay, (1 + update) / (10 + update)) : decay);
}

/**
 * ema ← ema − (1 − d)(ema − w), on the device: the same as d ema + (1 − d) w, with one rounding of a small difference in place of
 * two of large products.
 * @param ema the average before, in the shape of the weight
 * @param forget 1 − d, [], rounded to float32 once on the host
 */
export const moveAverage = (ema: Tensor, weight: Tensor, forget: Tensor): Tensor =>
  tf.sub(ema, tf.mul(tf.sub(ema, weight), forget));

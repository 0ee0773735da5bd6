import { InputError } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** How the exponential moving average of weights runs. */
export interface EmaOptions {
  /** Highest decay, in [0, 1). */
  readonly decay: number;
  /** The references' warm-up: decay min(decay, (1 + n)/(10 + n)) at update n = 1, 2, … (default true). */
  readonly warmup?: boolean;
}

/**
 * The decay d of update n = 1, 2, …
 * @throws InputError if the decay is not in [0, 1)
 * Source: MDLM repository, `ExponentialMovingAverage`.
 */
export function emaDecay({ decay, warmup = true }: EmaOptions): (update: number) => number {
  if (!(decay >= 0 && decay < 1)) throw new InputError(`The decay of an average lies in [0, 1); ${decay} was given.`);
  return (update) => (warmup ? Math.min(decay, (1 + update) / (10 + update)) : decay);
}

/** ema ← ema − (1 − d)(ema − w), on the device. @param forget 1 − d, a scalar */
export const moveAverage = (ema: Tensor, weight: Tensor, forget: Tensor): Tensor =>
  tf.sub(ema, tf.mul(tf.sub(ema, weight), forget));

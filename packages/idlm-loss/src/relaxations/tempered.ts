import { InputError } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Relaxed } from './relaxation';
import { straighten } from './straight-through';

/** Options of the relaxations that are the softmax of a noisy latent. */
export interface TemperatureOptions {
  /** τ, finite and above 0 (default 1). */
  readonly temperature?: number;
  /** The drawn token in value, the relaxed one in gradient (default false). */
  readonly straightThrough?: boolean;
}

/** @throws InputError unless the temperature is a finite number above 0 */
export function checkTemperature(relaxation: string, temperature: number): void {
  if (!(temperature > 0 && temperature < Infinity))
    throw new InputError(`The temperature of ${relaxation} must be a finite number above 0; ${temperature} was given.`);
}

/**
 * softmax(latent/τ) as the soft token of the drawn one.
 * @param latent noisy log-probabilities, [N, V]
 * @param hard the drawn tokens, int32 [N]
 */
export function temper(
  latent: Tensor,
  hard: Tensor,
  { temperature, straightThrough }: Required<TemperatureOptions>,
): Relaxed {
  const soft = tf.softmax(tf.div(latent, temperature));
  return { soft: straightThrough ? straighten(soft, hard) : soft, hard };
}

import { InputError } from '@idlm/core-diffusion';

/** @throws InputError unless a decay lies in [0, 1) */
export function requireDecay(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new InputError(`${name} of an optimizer lies in [0, 1); ${value} was given.`);
}

/** @throws InputError unless the decay of weights is a number of at least 0 */
export function requireWeightDecay(value: number): void {
  if (!(value >= 0 && Number.isFinite(value)))
    throw new InputError(`weightDecay of an optimizer is a number of at least 0; ${value} was given.`);
}

import { InputError, type SamplingFamily } from '@idlm/core-diffusion/sampling';

/** How much a network is guided, and the kind of diffusion that it was trained for. */
export interface GuidanceOptions {
  /** γ: 0 leaves the condition out, 1 is the conditional law, more sharpens it. */
  readonly strength: number;
  readonly family: SamplingFamily;
}

/** @throws InputError unless the strength is a finite number of at least 0 */
export function checkStrength({ strength }: GuidanceOptions): void {
  if (!(strength >= 0 && strength < Infinity))
    throw new InputError(`The strength of guidance is a number of at least 0; ${strength} was given.`);
}

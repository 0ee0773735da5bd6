import { InputError } from '@idlm/core-diffusion';

/** @throws InputError if what is known of a network's reading of the noise level contradicts its file */
export function requireTiming(stated: boolean, given: boolean | undefined, what: string): void {
  if (given === undefined || given === stated) return;
  throw new InputError(
    `${what} has time_conditioning ${stated}, and ${given} was given (model.timeConditioning in a configuration); the weights are of a network that does as the file says: leave it out.`,
  );
}

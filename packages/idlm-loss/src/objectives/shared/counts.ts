import { InputError } from '@idlm/core-diffusion';

/** @throws InputError naming the first option that is no whole number of at least `least` */
export function checkCounts(objective: string, counts: Readonly<Record<string, number>>, least = 1): void {
  for (const [name, value] of Object.entries(counts))
    if (!(Number.isInteger(value) && value >= least))
      throw new InputError(`${name} of ${objective} is a whole number, at least ${least}; ${value} was given.`);
}

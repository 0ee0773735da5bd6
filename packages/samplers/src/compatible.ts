import { InputError, type SamplingFamily, type Unmasking } from '@idlm/core-diffusion/sampling';
import type { Sampler } from './sampler';

/**
 * How the process of a family unmasks.
 * @param sampler name of the sampler that needs it, for the message
 * @throws InputError for a process that is not absorbing
 */
export function unmaskingOf(sampler: string, { spec, process: { unmasking, kind } }: SamplingFamily): Unmasking {
  if (unmasking) return unmasking;
  throw new InputError(
    `The sampler "${sampler}" works on absorbing processes; the ${spec.name} family's is ${kind}. Choose another, such as "ancestral".`,
  );
}

/** @throws InputError for a sampler that does not work on the family's process */
export function checkCompatible({ spec, absorbingOnly = false }: Sampler, family: SamplingFamily): void {
  if (absorbingOnly) unmaskingOf(spec.name, family);
}

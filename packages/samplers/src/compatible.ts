import { InputError, type SamplingFamily, type Unmasking } from '@idlm/core-diffusion/sampling';
import type { Sampler, SamplerState } from './sampler';

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

/**
 * @param what gave the state, in messages
 * @throws InputError for a state that has not as many tokens as the one before, or some that are not in the vocabulary
 */
export function requireState(
  what: string,
  state: SamplerState,
  before: SamplerState,
  { process: { vocabSize } }: SamplingFamily,
): void {
  const { tokens } = (state ?? {}) as Partial<SamplerState>;
  // By tag, since `instanceof` fails for arrays of another realm.
  const isIds = Object.prototype.toString.call(tokens) === '[object Int32Array]';
  if (!isIds || tokens!.length !== before.tokens.length)
    throw new InputError(
      `The ${what} must give the state with its tokens, an Int32Array of ${before.tokens.length}; it gave ${tokens ? `tokens of ${tokens.length}` : 'none'}.`,
    );
  const stray = tokens!.find((token) => token < 0 || token >= vocabSize);
  if (stray !== undefined)
    throw new InputError(`The ${what} wrote the token ${stray}; ids go from 0 to ${vocabSize - 1}.`);
}

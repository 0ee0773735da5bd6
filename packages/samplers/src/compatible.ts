import { InputError, type RandomStream, type SamplingFamily, type Unmasking } from '@idlm/core-diffusion/sampling';
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

/** Token ids that a part of somebody's own gave. @throws InputError unless they are an Int32Array of so many, all in the vocabulary */
function requireIds(
  what: string,
  given: { readonly tokens: Int32Array | undefined; readonly count: number; readonly asked: string },
  vocabSize: number,
): void {
  const { tokens, count, asked } = given;
  // By tag, since `instanceof` fails for arrays of another realm.
  const kind = Object.prototype.toString.call(tokens).slice('[object '.length, -1);
  if (kind !== 'Int32Array' || tokens!.length !== count)
    throw new InputError(
      `The ${what} must give ${asked}, an Int32Array of ${count}; it gave ${tokens ? `an ${kind} of ${tokens.length}` : 'none'}.`,
    );
  const stray = tokens!.find((token) => token < 0 || token >= vocabSize);
  if (stray !== undefined)
    throw new InputError(`The ${what} wrote the token ${stray}; ids go from 0 to ${vocabSize - 1}.`);
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
  requireIds(what, { tokens, count: before.tokens.length, asked: 'the state with its tokens' }, vocabSize);
}

/**
 * A row of all noise, [L].
 * @throws InputError for a process that gives none, or tokens that are not in its vocabulary
 */
export function priorRow({ spec, process }: SamplingFamily, length: number, random: RandomStream): Int32Array {
  const tokens = process.prior(1, length, random);
  requireIds(
    `prior of the ${spec.name} family's process`,
    { tokens, count: length, asked: 'noise' },
    process.vocabSize,
  );
  return tokens;
}

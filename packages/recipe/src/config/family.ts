import { type Family, type ForwardProcess, families } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import type { Config } from './schema';

/** The configured family, and the vocabulary that its networks have. */
export interface ConfiguredFamily {
  readonly family: Family;
  readonly vocabSize: number;
}

/**
 * The configured family for a tokenizer's vocabulary. Uniform processes have no mask: where a tokenizer's is its last entry,
 * their networks leave it out.
 */
export function configuredFamily(
  { family: spec }: Config,
  { vocabSize, maskId }: Pick<Tokenizer, 'vocabSize' | 'maskId'>,
): ConfiguredFamily {
  const family = families.create(spec, { vocabSize, maskId });
  if (family.process.maskId !== undefined || maskId !== vocabSize - 1) return { family, vocabSize };
  return { family: families.create(spec, { vocabSize: vocabSize - 1 }), vocabSize: vocabSize - 1 };
}

/** A vocabulary to try settings on before a tokenizer is known. */
export const SMALL_VOCABULARY = { vocabSize: 4, maskId: 3 };

/** The process of the configured family with a small vocabulary, which changes neither its name nor whether it has a mask. */
export const processOf = (config: Config): ForwardProcess => configuredFamily(config, SMALL_VOCABULARY).family.process;

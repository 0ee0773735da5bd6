import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';

/**
 * Refuses a model whose vocabulary is not that of the tokenizer it is used with, with or without its mask.
 * @throws InputError naming both sizes
 */
export function checkVocabulary(
  folder: string,
  { config: model }: NetworkDescription,
  { vocabSize, maskId }: Pick<Tokenizer, 'vocabSize' | 'maskId'>,
): void {
  if (model.vocabSize === vocabSize || (maskId === vocabSize - 1 && model.vocabSize === maskId)) return;
  throw new InputError(
    `The model in ${folder} has a vocabulary of ${model.vocabSize} tokens, the tokenizer one of ${vocabSize}; they must be the same.`,
  );
}

import { existsSync } from 'node:fs';
import { InputError, type Spec, isUnknownName } from '@idlm/core-diffusion';
import { type Normalisation, type Tokenizer, loadTokenizer, tokenizers } from '@idlm/data';
import type { Config } from '../config/schema';
import { withImportAdvice } from './import-advice';

type Choice = Config['data']['tokenizer'];

/** Whether what a configuration chooses is a folder, and no type of tokenizers. */
export const isTokenizerFolder = (choice: Choice): choice is string =>
  typeof choice === 'string' && tokenizers.find(choice) === undefined;

/** @throws InputError for what is neither a type nor a folder, naming the types that there are */
function requireFolder(choice: string): void {
  if (/[\\/]/.test(choice) || existsSync(choice)) return;
  try {
    tokenizers.get(choice);
  } catch (error) {
    if (!isUnknownName(error)) throw error;
    throw new InputError(
      `data.tokenizer: ${error.message.replace(/\.?$/, '')}${error.message.endsWith('?') ? '' : ';'} nor is there a folder of this name. Names of the Hugging Face hub are not fetched: download the model and give its folder.`,
    );
  }
}

/**
 * The tokenizer in a folder that a configuration names.
 * @throws InputError if there is none, naming the types that could be meant
 */
export async function openTokenizerFolder(choice: string, normalise?: Normalisation): Promise<Tokenizer> {
  requireFolder(choice);
  return loadTokenizer(choice, normalise).catch((error: unknown) => {
    throw withImportAdvice(error, choice, {});
  });
}

/** The configured tokenizer: that of a folder, or one that is made for the text by its name. */
export async function configuredTokenizer({ data }: Config): Promise<Tokenizer | Spec | string> {
  const { tokenizer, normalise } = data;
  return isTokenizerFolder(tokenizer) ? openTokenizerFolder(tokenizer, normalise ?? undefined) : tokenizer;
}

/** A tokenizer as configurations choose it; one of the Hugging Face format by the folder that it lies in. */
export function tokenizerChoice({ spec: { name, options = {} } }: Tokenizer, folder: string): Choice {
  if (name === 'hugging-face') return folder;
  return Object.keys(options).length ? { name, options } : name;
}

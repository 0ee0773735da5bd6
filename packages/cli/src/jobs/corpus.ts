import { InputError } from '@idlm/core-diffusion';
import {
  type PrepareOptions,
  type PreparedCorpus,
  type ReadingProgress,
  type Tokenizer,
  byteTokenizer,
  loadTokenizer,
  prepareCorpus as prepare,
} from '@idlm/data';
import type { Config } from '../config';
import { layoutOf, sourceOf } from './documents';

export type { PreparedCorpus } from '@idlm/data';

/** The configured tokenizer; undefined for that of characters, which depends on the text. */
async function tokenizerFor({ tokenizer, normalise }: Config['data']): Promise<Tokenizer | undefined> {
  if (tokenizer === 'characters') return undefined;
  return tokenizer === 'bytes' ? byteTokenizer(normalise) : loadTokenizer(tokenizer);
}

/** Settings that say nothing together. @throws InputError naming them */
function checkData({ layout, promptField, promptSeparator }: Config['data']): void {
  if (layout === 'packed' && promptField !== null)
    throw new InputError('Packed windows have no prompts; set data.layout to "rows", or data.promptField to null.');
  if (promptSeparator !== null && promptField === null)
    throw new InputError('data.promptSeparator stands behind prompts, and data.promptField names none; leave it out.');
}

/**
 * Reads, encodes and splits the configured corpus.
 * @param given a model's own tokenizer, where the corpus must fit it
 * @param onProgress told how far the reading is
 * @throws InputError if the corpus is missing, empty, too short, has characters that the tokenizer lacks, or prompts where
 * text is packed
 */
export async function prepareCorpus(
  { data }: Config,
  given?: Tokenizer,
  onProgress?: (progress: ReadingProgress) => void,
): Promise<PreparedCorpus> {
  checkData(data);
  const { length, heldOut, normalise, separator, promptSeparator, windowEnds } = data;
  const options: PrepareOptions = {
    ...{ length, heldOut, normalise, separator, promptSeparator, windowEnds, onProgress },
    source: await sourceOf(data),
    tokenizer: given ?? (await tokenizerFor(data)),
    layout: layoutOf(data),
  };
  return prepare(options);
}

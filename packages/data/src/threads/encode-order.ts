import { collector } from '../tokens/collector';
import { encodeRow } from '../corpora/encoded';
import type { PromptSeparator } from '../corpora/prompts';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { EncodedTexts, Order } from './messages';

/** Encodes the texts of an order. @throws InputError as the tokenizer */
export function encodeOrder(
  { texts, prompts }: Order,
  tokenizer: Tokenizer,
  separator?: PromptSeparator,
): EncodedTexts {
  const ids = collector(texts.reduce((sum, text) => sum + text.length, 16) >> 1);
  const counts = new Int32Array(texts.length);
  const given = prompts && new Int32Array(texts.length);
  texts.forEach((text, i) => {
    const encoded = encodeRow(prompts ? { text, prompt: prompts[i]! } : { text }, tokenizer, separator);
    ids.add(encoded.ids);
    counts[i] = encoded.ids.length;
    if (given) given[i] = encoded.prompt!;
  });
  return { ids: ids.take(), counts, ...(given ? { prompts: given } : {}) };
}

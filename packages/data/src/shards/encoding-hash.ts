import { hashOf } from '../corpora/pack';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { type TokenizerJson, idsByToken } from '../tokenizers/vocabulary';

/**
 * sha256 of what the ids of a text follow from: the kind of tokenizer, its normalisations, its words and how they are spelt. A mask that was
 * added behind a vocabulary, and how ids become text, do not count, so that a model's own copy of a tokenizer has the same.
 */
export function encodingHash({ spec, normalise, json, addedMask, maskId }: Tokenizer): string {
  const { model, added_tokens: added = [], normalizer = null, pre_tokenizer: words = null } = json as TokenizerJson;
  const isCounted = (id: number) => !(addedMask && id === maskId);
  const ids = [...idsByToken(json)].filter(([, id]) => isCounted(id)).sort(([, a], [, b]) => a - b);
  const { vocab: _, ...others } = model ?? {};
  const tokens = added.filter(({ id }) => isCounted(id));
  return hashOf(JSON.stringify([spec, normalise, normalizer, words, others, ids, tokens]));
}

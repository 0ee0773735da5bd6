import { hashOf } from '../corpora/pack';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { isLibraryFormat } from '../tokenizers/library-format';
import { type TokenizerJson, idsByToken } from '../tokenizers/vocabulary';

/** The rules of a model, as one file or another may write them. */
function rulesOf({ vocab: _, merges, ...rules }: NonNullable<TokenizerJson['model']> & { readonly merges?: unknown }) {
  const set = Object.entries(rules).filter(([, value]) => value || value === 0);
  const pairs = (merges ?? []) as readonly (string | readonly string[])[];
  return [Object.fromEntries(set), pairs.map((pair) => (typeof pair === 'string' ? pair : pair.join(' ')))];
}

/**
 * sha256 of what the ids of a text follow from: the kind of tokenizer, its normalisations, its words and how they are spelt. A mask that was
 * added behind a vocabulary, and how ids become text, do not count, so that a model's own copy of a tokenizer has the same.
 *
 * It is taken over JSON: kind, `normalise`, normalizer and pre-tokenizer of `tokenizer.json`, the model's rules that are set with its merges as
 * `"a b"`, tokens by id, and added tokens. What programs write otherwise for the same (null or nothing, merges as pairs, words in another
 * order) makes no difference.
 */
export function encodingHash({ spec, normalise, json, addedMask, maskId }: Tokenizer): string {
  const { model, added_tokens: added = [], normalizer = null, pre_tokenizer: words = null } = json as TokenizerJson;
  const isCounted = (id: number) => !(addedMask && id === maskId);
  const ids = [...idsByToken(json)].filter(([, id]) => isCounted(id)).sort(([, a], [, b]) => a - b);
  const tokens = added.filter(({ id }) => isCounted(id));
  // Whoever has the same words and rules gives the same ids, by whichever name it was made.
  const kind = isLibraryFormat(spec.name) ? null : spec;
  return hashOf(JSON.stringify([kind, normalise, normalizer, words, rulesOf(model ?? {}), ids, tokens]));
}

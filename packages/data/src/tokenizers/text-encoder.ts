import type { Tokenizer as Library } from '@huggingface/tokenizers';
import { collector } from '../corpora/collector';
import { splitAtAdded } from './added-tokens';
import { byteLevelEncoder } from './byte-level/byte-level-encoder';
import { preTokenizer } from './pre-tokenizer';
import type { TokenizerJson } from './vocabulary';
import { type Refuse, wordEncoder } from './word-encoder';

/** Ids of a text, as Python's `tokenizers` gives them. */
export type TextEncoder = (text: string, refuse: Refuse) => Int32Array;

/**
 * Encodes texts with the library's normalizer and model: added tokens are found first, what lies between is normalised, cut
 * into words, and spelt word by word. The library's own `encode` holds all words and tokens of a text at once, and joins
 * words that Python's keeps apart.
 * @param json as the library has read it, save for `pre_tokenizer`
 */
export function textEncoder(json: TokenizerJson, { normalizer, model }: Library): TextEncoder {
  const normalised = (text: string) => (normalizer ? normalizer.normalize(text) : text);
  const added = json.added_tokens ?? [];
  const isLate = ({ normalized = false }) => normalized && normalizer !== null;
  const early = splitAtAdded(added.filter((token) => !isLate(token)));
  const late = splitAtAdded(added.filter(isLate).map((token) => ({ ...token, content: normalised(token.content) })));
  const bytes = byteLevelEncoder(json);
  const words = json['pre_tokenizer'] ? preTokenizer(json['pre_tokenizer'] as never) : undefined;
  const encode = wordEncoder(model!, json.model ?? {});
  return (text, refuse) => {
    const ids = collector(Math.max(16, text.length >> 1));
    const add = (word: string) => ids.add(encode(word, refuse));
    let isFirst = true;
    const encodePart = (part: string | number) => {
      if (typeof part === 'number') ids.add([part]);
      else if (bytes) bytes(part, ids);
      else if (words) words(part, isFirst, add);
      else add(part);
      isFirst = false;
    };
    early(text, (part) => {
      if (typeof part === 'number') encodePart(part);
      else late(normalised(part), encodePart);
    });
    return ids.take();
  };
}

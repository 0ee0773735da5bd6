import type { Tokenizer as Library } from '@huggingface/tokenizers';
import { withinSeconds } from '../errors';
import { collector } from '../tokens/collector';
import { splitAtAdded } from './added-tokens';
import { byteLevelEncoder } from './byte-level/byte-level-encoder';
import { preTokenizer } from './pre-tokenizer';
import type { TokenizerJson } from './vocabulary';
import { type Refuse, wordEncoder } from './word-encoder';

/** Ids of a text, as Python's `tokenizers` gives them. */
export type TextEncoder = (text: string, refuse: Refuse) => Int32Array;

/** Characters up to which a pattern that repeats no group comes to its end soon. */
const SHORT = 256;

/**
 * Keeps the regular expressions of a `tokenizer.json` to a time, if it has any: they are those of whoever made it, and some take longer with each
 * character than the universe is old.
 * @param seconds for a text, and as many again for each 100,000 of its characters
 */
function inTime(encode: TextEncoder, json: TokenizerJson, seconds: number): TextEncoder {
  const parts = JSON.stringify([json['normalizer'], json['pre_tokenizer']]);
  if (!parts.includes('"Regex"')) return encode;
  const repeatsGroup = /\)[*+{]/.test(parts);
  return (text, refuse) => {
    if (text.length <= SHORT && !repeatsGroup) return encode(text, refuse);
    return withinSeconds(
      seconds * (1 + text.length / 1e5),
      () => encode(text, refuse),
      () =>
        `A regular expression of tokenizer.json takes too long on a text that begins with ${JSON.stringify(text.slice(0, 20))}; take another tokenizer, or break long words of the text with spaces.`,
    );
  };
}

/**
 * Encodes texts with the library's normalizer and model: added tokens are found first, what lies between is normalised, cut
 * into words, and spelt word by word. The library's own `encode` holds all words and tokens of a text at once, and joins
 * words that Python's keeps apart.
 * @param json as the library has read it, save for `pre_tokenizer`
 * @param seconds that a text may take where there are regular expressions
 */
export function textEncoder(json: TokenizerJson, { normalizer, model }: Library, seconds = 60): TextEncoder {
  const normalised = (text: string) => (normalizer ? normalizer.normalize(text) : text);
  const added = json.added_tokens ?? [];
  const isLate = ({ normalized = false }) => normalized && normalizer !== null;
  const early = splitAtAdded(added.filter((token) => !isLate(token)));
  const late = splitAtAdded(added.filter(isLate).map((token) => ({ ...token, content: normalised(token.content) })));
  const bytes = byteLevelEncoder(json);
  const words = json['pre_tokenizer'] ? preTokenizer(json['pre_tokenizer'] as never) : undefined;
  const encode = wordEncoder(model!, json.model ?? {});
  const encodeText: TextEncoder = (text, refuse) => {
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
  return inTime(encodeText, json, seconds);
}

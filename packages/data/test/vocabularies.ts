import { byteTokenizer } from '../src/tokenizers/bytes';
import { huggingFaceTokenizer } from '../src/tokenizers/hugging-face';
import { addedToken } from '../src/tokenizers/own-json';
import type { Tokenizer } from '../src/tokenizers/tokenizer';

/** A hub vocabulary of words that white space parts, its special tokens behind them; `<unk>` is 0. */
export const wordVocabulary = (words: readonly string[], special: readonly string[] = ['<|endoftext|>']): Tokenizer =>
  huggingFaceTokenizer({
    ...{ version: '1.0', normalizer: null, post_processor: null, decoder: { type: 'Fuse' } },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    added_tokens: special.map((content, i) => addedToken(words.length + 1 + i, content)),
    model: {
      ...{ type: 'WordLevel', unk_token: '<unk>' },
      vocab: Object.fromEntries(['<unk>', ...words].map((word, id) => [word, id])),
    },
  });

/** A byte-level vocabulary like GPT-2's: 256 bytes, what is merged of them, and special tokens behind these. */
export function byteVocabulary(
  special: readonly string[] = ['<|endoftext|>'],
  merges: readonly (readonly [string, string])[] = [],
): Tokenizer {
  const { json } = byteTokenizer();
  const { model } = json as { model: { vocab: Record<string, number> } };
  const bytes = Object.entries(model.vocab).filter(([, id]) => id < 256);
  const merged = merges.map(([left, right], i) => [left + right, 256 + i] as const);
  return huggingFaceTokenizer({
    ...json,
    added_tokens: special.map((content, i) => addedToken(256 + merged.length + i, content)),
    model: {
      ...model,
      vocab: Object.fromEntries([...bytes, ...merged]),
      merges: merges.map((pair) => pair.join(' ')),
    },
  });
}

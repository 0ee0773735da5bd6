import { type Normalisation, type TokenizerOptions, type TokenizerType, makeTokenizer } from '@idlm/data';

/** The words that a text has most often, then a word for all others, then the mask. */
export function wordTokenizer(words: readonly string[], options: TokenizerOptions, normalise: Normalisation) {
  const unknownId = words.length;
  const ids = new Map(words.map((word, id) => [word, id]));
  return makeTokenizer(
    {
      spec: { name: 'common-words', options },
      vocabSize: words.length + 2,
      maskId: words.length + 1,
      unknownId,
      encode: (text) => Int32Array.from(text.match(/\S+/g) ?? [], (word) => ids.get(word) ?? unknownId),
      decode: (some) => Array.from(some, (id) => [...words, '?', '▁'][id] ?? '\uFFFD').join(' '),
      json: { words },
    },
    normalise,
  );
}

/** A type of tokenizers as a user would write one: the commonest `size` words, of equally common ones those first in the alphabet. */
export const commonWords: TokenizerType = {
  description: 'the commonest words',
  async fit(options, { normalise, texts }) {
    const counts = new Map<string, number>();
    for await (const text of texts())
      for (const word of text.match(/\S+/g) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
    const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([word]) => word);
    return wordTokenizer(ranked.slice(0, options['size'] as number), options, normalise);
  },
  load: ({ json, normalise }, options) => wordTokenizer(json['words'] as string[], options, normalise),
};

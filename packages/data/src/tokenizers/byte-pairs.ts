import type { OptionsOf } from '@idlm/core-diffusion/choices';
import { InputError } from '../errors';
import { BYTE_SYMBOLS } from './byte-level/byte-symbols';
import { huggingFaceTokenizer } from './hugging-face';
import { byteLevel, bytePairModel, ownFiles } from './own-json';
import { pairCounts } from './pair-counts';
import { preTokenizer } from './pre-tokenizer';
import type { Tokenizer } from './tokenizer';
import type { SavedTokenizer, TextToFit, TokenizerOptions } from './tokenizer-type';

/** What can be set of it. */
export const BYTE_PAIR_OPTIONS = {
  vocabSize: {
    kind: 'number',
    default: 2048,
    whole: true,
    minimum: 257,
    meaning: 'entries in all: 256 bytes, merged pairs, a beginning where it is asked for, and the mask',
  },
} as const;

/** Words are cut as GPT-2 cuts them, and spelled as bytes. */
const LEVEL = byteLevel(true);

/** The space as a byte-level vocabulary spells it; it fills rows up, as in the other vocabularies of ours. */
const SPACE = 'Ġ';

/** A byte-pair vocabulary of its files. */
export const bytePairsFrom = ({ json, config, normalise }: SavedTokenizer, options: TokenizerOptions): Tokenizer => ({
  ...huggingFaceTokenizer(json, config, normalise),
  spec: { name: 'bpe', options },
});

/** A word as the ids of its parts, and how often it stands in the text. */
interface CountedWord {
  ids: number[];
  readonly count: number;
}

/** Merges a pair wherever it stands in a word, and keeps the counts of its neighbours true. */
function mergeIn(word: CountedWord, [left, right, merged]: readonly [number, number, number]): number[] {
  const { ids } = word;
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const isPair = ids[i] === left && ids[i + 1] === right;
    out.push(isPair ? merged : ids[i]!);
    if (isPair) i++;
  }
  return out;
}

/** Counts all pairs of a word, `sign` times as often as the word stands in the text. */
function countPairs(counts: ReturnType<typeof pairCounts>, { ids, count }: CountedWord, word: number, sign: 1 | -1) {
  for (let i = 0; i + 1 < ids.length; i++) counts.add(ids[i]!, ids[i + 1]!, sign * count, word);
}

/** The pairs that are merged one after another, the commonest first, as many as are asked for or as there are. */
function learnMerges(words: readonly CountedWord[], symbols: readonly string[], most: number): [string, string][] {
  const names = [...symbols];
  const merges: [string, string][] = [];
  const counts = pairCounts();
  words.forEach((word, i) => countPairs(counts, word, i, 1));
  while (merges.length < most) {
    const pair = counts.commonest();
    // A pair that stands once spares no token elsewhere.
    if (!pair || pair.count < 2) break;
    const [left, right] = [names[pair.left]!, names[pair.right]!];
    const merged = names.push(left + right) - 1;
    merges.push([left, right]);
    for (const i of counts.placesOf(pair.left, pair.right)) {
      const word = words[i]!;
      const ids = mergeIn(word, [pair.left, pair.right, merged]);
      if (ids.length === word.ids.length) continue;
      countPairs(counts, word, i, -1);
      word.ids = ids;
      countPairs(counts, word, i, 1);
    }
  }
  return merges;
}

/**
 * Learns a byte-pair vocabulary from texts: the commonest pair of neighbouring tokens becomes a token, again and again. Words are
 * cut as GPT-2 cuts them and pairs never cross them; of pairs that are equally common the one with the lower ids is merged.
 * Any text has an encoding, since all bytes are tokens. The padding is the space.
 * @param options.vocabSize entries in all: 256 bytes, merged pairs, `[BOS]` where a beginning is asked for, and the mask
 * @throws InputError if the vocabulary is too small to hold all bytes and the special tokens, or the texts too short to fill it
 * Source: Sennrich, Haddow and Birch (2016), "Neural Machine Translation of Rare Words with Subword Units"; bytes as symbols:
 * Radford et al. (2019), "Language Models are Unsupervised Multitask Learners".
 */
export async function bytePairTokenizer(
  { vocabSize }: OptionsOf<typeof BYTE_PAIR_OPTIONS>,
  { texts, normalise, beginning }: TextToFit,
): Promise<Tokenizer> {
  // In the order in which Hugging Face's trainer numbers them, which decides between pairs that are equally common.
  const symbols = [...BYTE_SYMBOLS].sort();
  const special = beginning ? 2 : 1;
  const most = vocabSize - symbols.length - special;
  if (!(Number.isInteger(most) && most >= 0))
    throw new InputError(
      `A byte-pair vocabulary holds ${symbols.length} bytes and ${special} special tokens; ${vocabSize} was given.`,
    );
  const cut = preTokenizer(LEVEL);
  const counts = new Map<string, number>();
  for await (const text of texts()) cut(text, true, (word) => counts.set(word, (counts.get(word) ?? 0) + 1));
  const idOf = new Map(symbols.map((symbol, id) => [symbol, id]));
  const words = [...counts].map(([word, count]) => ({ ids: Array.from(word, (symbol) => idOf.get(symbol)!), count }));
  const merges = learnMerges(words, symbols, most);
  if (merges.length < most)
    throw new InputError(
      `The text fills a byte-pair vocabulary of ${vocabSize - most + merges.length} tokens; ${vocabSize} was asked for. Set vocabSize to at most that many.`,
    );
  const { json, config } = ownFiles({
    words: [...symbols, ...merges.map(([left, right]) => left + right)],
    options: { beginning },
    normalisation: normalise,
    ...{ preTokenizer: LEVEL, decoder: LEVEL, model: bytePairModel(merges.map((pair) => pair.join(' '))) },
  });
  return bytePairsFrom({ json, config: { ...config, pad_token: SPACE }, normalise }, { vocabSize });
}

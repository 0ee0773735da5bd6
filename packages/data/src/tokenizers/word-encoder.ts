import type { Model } from '@huggingface/tokenizers';
import { InputError } from '../errors';

/** What a word encoder has to know of `tokenizer.json`'s model. */
export interface WordModel {
  readonly type?: string;
  readonly byte_fallback?: boolean;
  readonly end_of_word_suffix?: string | null;
}

/** Says that a token has no id. */
export type Refuse = (token: string) => never;

/** Ids of a word. */
export type WordEncoder = (word: string, refuse: Refuse) => readonly number[];

/** Words that are remembered, and their longest: V8 copies up to 12 characters, a longer part keeps its whole text alive. */
const [REMEMBERED, LONGEST] = [1 << 16, 12];

/** Words are cut where they are longer, if that changes nothing: models take time and memory for each, and some recursion. */
const PIECE = 1024;

/** Unigram models of the library recurse no deeper than this many tokens, and a token has at least one character. */
const LONGEST_LATTICE = 1 << 16;

/** Pairs of characters that stand side by side in some entry. */
function adjacentPairs(entries: Iterable<string>): Set<string> {
  const pairs = new Set<string>();
  for (const entry of entries) for (let i = 1; i < entry.length; i++) pairs.add(entry.slice(i - 1, i + 1));
  return pairs;
}

/**
 * Pieces of a long word that are spelt as in the whole. It may be cut between two characters that no entry holds side by
 * side: no token goes over such a place, so the best spelling of the whole is the best one of either side. One of the two
 * must be an entry itself, since neighbours that are both unknown become one unknown. A word without such a place stays whole.
 */
function* piecesOf(word: string, pairs: ReadonlySet<string>, isEntry: (text: string) => boolean): Generator<string> {
  let start = 0;
  for (let i = PIECE; i < word.length; i++) {
    const [before, after] = [word[i - 1]!, word[i]!];
    if (i - start < PIECE || pairs.has(before + after) || !(isEntry(before) || isEntry(after))) continue;
    yield word.slice(start, i);
    start = i;
  }
  yield word.slice(start);
}

/** The byte tokens of a text, as `byte_fallback` names them. */
const bytesOf = (text: string): string[] =>
  Array.from(new TextEncoder().encode(text), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

/** Ids of the tokens that a model makes of words. */
export function wordEncoder(
  model: Model,
  { type, byte_fallback: hasBytes, end_of_word_suffix: suffix }: WordModel,
): WordEncoder {
  const ids = model.tokens_to_ids;
  const isEntry = (text: string) => ids.has(text);
  // Others spell a word by its beginning or its end, or not at all if it is too long.
  const isCut = type === 'Unigram' || (type === 'BPE' && !suffix);
  let pairs: Set<string> | undefined;
  const known = new Map<string, readonly number[]>();

  const idsOf = (token: string | undefined, word: string, refuse: Refuse): number[] => {
    const id = token === undefined ? undefined : ids.get(token);
    if (id !== undefined) return [id];
    const bytes = hasBytes && token !== undefined ? bytesOf(token).map((byte) => ids.get(byte)) : [undefined];
    if (bytes.every((byte) => byte !== undefined)) return bytes;
    return [model.unk_token_id ?? refuse(unknownIn(token, word))];
  };
  /** The character that a word is unknown for, where tokens are spelt by characters. */
  const unknownIn = (token: string | undefined, word: string): string =>
    type === 'BPE' ? (Array.from(word).find((character) => !isEntry(character)) ?? word) : (token ?? word);
  // One word at a time: unknown ones are joined within a word, not with those of its neighbour.
  const spell = (word: string, refuse: Refuse) => {
    if (type === 'Unigram' && word.length > LONGEST_LATTICE)
      throw new InputError(
        `A word of ${word.length} characters, ${JSON.stringify(word.slice(0, 20))} …, is too long for the Unigram vocabulary; break it with spaces or line ends.`,
      );
    return model._call([word]).flatMap((token) => idsOf(token, word, refuse));
  };

  return (word, refuse) => {
    const found = known.get(word);
    if (found) return found;
    if (word.length > PIECE && isCut) {
      pairs ??= adjacentPairs(ids.keys());
      return Array.from(piecesOf(word, pairs, isEntry), (piece) => spell(piece, refuse)).flat();
    }
    const spelt = spell(word, refuse);
    if (word.length > LONGEST) return spelt;
    if (known.size >= REMEMBERED) known.clear();
    known.set(word, spelt);
    return spelt;
  };
}

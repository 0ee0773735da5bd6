import { InputError, quoted } from '../errors';
import { type Normalisation, normalise } from '../normalise';
import { makeTokenizer } from './make-tokenizer';
import { type OwnOptions, ownFiles } from './own-json';
import { MASK_TEXT, type Tokenizer } from './tokenizer';

/** One token per character: a word-level model over a split at every character. It has no word for unknown ones. */
const characterFiles = (words: readonly string[], normalisation: Normalisation, options: OwnOptions) =>
  ownFiles({
    words,
    options,
    normalisation,
    preTokenizer: { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
    decoder: { type: 'Fuse' },
    model: { type: 'WordLevel', unk_token: '[UNK]' },
  });

/** Says which character of the text is unknown, and where. */
function refuseCharacter(text: string, index: number): never {
  const character = String.fromCodePoint(text.codePointAt(index)!);
  const line = text.slice(0, index).split('\n').length;
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  throw new InputError(
    `The tokenizer has no character ${JSON.stringify(character)} (U+${code}), which stands in line ${line}; train with text that has it, or set data.normalise to "letters".`,
  );
}

/** Writes ids of a text's characters, which are looked up by code point. */
function characterEncoder(alphabet: readonly string[]): (text: string) => Int32Array {
  // Typed arrays are read faster than a map; few alphabets go beyond the basic plane.
  const basic = new Int32Array(0x10000).fill(-1);
  const beyond = new Map<number, number>();
  alphabet.forEach((character, id) => {
    const code = character.codePointAt(0)!;
    if (code < 0x10000) basic[code] = id;
    else beyond.set(code, id);
  });
  return (text) => {
    const out = new Int32Array(text.length);
    let size = 0;
    for (let i = 0; i < text.length; i++) {
      let id = basic[text.charCodeAt(i)]!;
      if (id < 0) {
        id = beyond.get(text.codePointAt(i)!) ?? refuseCharacter(text, i);
        i++;
      }
      out[size++] = id;
    }
    return size === text.length ? out : out.slice(0, size);
  };
}

/** Ids that are made text at a time: one array of all characters of a corpus would be too long for the engine. */
const DECODED_AT_ONCE = 1 << 16;

/** Writes the text of ids by a list of words. */
function wordDecoder(words: readonly string[]): (ids: ArrayLike<number>) => string {
  return (ids) => {
    const part: string[] = [];
    let text = '';
    for (let start = 0; start < ids.length; start += DECODED_AT_ONCE) {
      part.length = Math.min(DECODED_AT_ONCE, ids.length - start);
      for (let i = 0; i < part.length; i++) part[i] = words[ids[start + i]!] ?? '\uFFFD';
      text += part.join('');
    }
    return text;
  };
}

/**
 * One token per character (code point) of an alphabet, then `[BOS]` where it is asked for, then the mask.
 * @param alphabet distinct characters, in the order of their ids
 * @throws InputError if the alphabet is empty, repeats a character, or has an entry that is none
 * @example
 * ```ts
 * import { LETTERS, characterTokenizer } from '@idlm/data';
 *
 * const tokenizer = characterTokenizer(LETTERS, 'letters');
 * const ids = tokenizer.encode('A whale!');
 * console.log(...ids); // → 1 0 23 8 1 12 5
 * console.log(tokenizer.decode(ids), tokenizer.vocabSize, tokenizer.maskId); // → a whale 28 27
 * ```
 */
export function characterTokenizer(
  alphabet: readonly string[],
  normalisation: Normalisation = 'none',
  options: OwnOptions = {},
): Tokenizer {
  const ids = new Map(alphabet.map((character, id) => [character, id]));
  if (alphabet.length === 0 || ids.size !== alphabet.length)
    throw new InputError(
      `An alphabet has at least one character and none twice; ${alphabet.length} with ${ids.size} distinct were given.`,
    );
  const long = alphabet.find((one) => Array.from(one).length !== 1 || /\p{Surrogate}/u.test(one));
  if (long !== undefined)
    throw new InputError(`An alphabet has single characters (code points); ${quoted(long)} was given.`);
  const size = alphabet.length;
  const maskId = options.beginning ? size + 1 : size;
  return makeTokenizer(
    {
      spec: { name: 'characters' },
      vocabSize: maskId + 1,
      maskId,
      padId: ids.get(' '),
      ...(options.beginning ? { beginId: size } : {}),
      encode: characterEncoder(alphabet),
      decode: wordDecoder([...alphabet, ...(options.beginning ? [''] : []), MASK_TEXT]),
      ...characterFiles(alphabet, normalisation, options),
    },
    normalisation,
  );
}

/** The sorted distinct characters of texts. */
export function alphabetOf(texts: Iterable<string>, normalisation: Normalisation): string[] {
  const found = new Set<string>();
  for (const text of texts) for (const character of normalise(text, normalisation)) found.add(character);
  return [...found].sort();
}

/** The space and the 26 letters. */
export const LETTERS: readonly string[] = [' ', ...Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i))];

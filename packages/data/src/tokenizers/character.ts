import { InputError } from '../errors';
import { type Normalisation, normalise } from '../normalise';
import { MASK_TEXT, type Tokenizer, tokenizerJson } from './tokenizer';

/** `tokenizer.json` of one token per character: a word-level model over a split at every character. */
function characterJson(alphabet: readonly string[]): Record<string, unknown> {
  const vocab = Object.fromEntries([...alphabet, '[MASK]'].map((token, id) => [token, id]));
  return tokenizerJson({
    maskId: alphabet.length,
    preTokenizer: { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
    decoder: { type: 'Fuse' },
    model: { type: 'WordLevel', vocab, unk_token: '[MASK]' },
  });
}

/** Says which character of the text is unknown, and where. */
function refuseCharacter(text: string, index: number): never {
  const character = String.fromCodePoint(text.codePointAt(index)!);
  const line = text.slice(0, index).split('\n').length;
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  throw new InputError(
    `The tokenizer has no character ${JSON.stringify(character)} (U+${code}), which stands in line ${line}; train with text that has it, or set data.normalise to "letters".`,
  );
}

/**
 * One token per character (code point) of an alphabet; the mask comes last.
 * @param alphabet distinct characters, in the order of their ids
 * @throws InputError if the alphabet is empty or repeats a character
 */
export function characterTokenizer(alphabet: readonly string[], normalisation: Normalisation = 'none'): Tokenizer {
  const ids = new Map(alphabet.map((character, id) => [character, id]));
  if (alphabet.length === 0 || ids.size !== alphabet.length) {
    throw new InputError(
      `An alphabet has at least one character and none twice; ${alphabet.length} with ${ids.size} distinct were given.`,
    );
  }
  const maskId = alphabet.length;
  return {
    kind: 'characters',
    vocabSize: alphabet.length + 1,
    maskId,
    padId: ids.get(' '),
    normalise: normalisation,
    encode(text) {
      const simple = normalise(text, normalisation);
      const out: number[] = [];
      let index = 0;
      for (const character of simple) {
        out.push(ids.get(character) ?? refuseCharacter(simple, index));
        index += character.length;
      }
      return Int32Array.from(out);
    },
    decode: (tokens) => Array.from(tokens, (id) => (id === maskId ? MASK_TEXT : (alphabet[id] ?? '\uFFFD'))).join(''),
    json: characterJson(alphabet),
  };
}

/** The sorted distinct characters of texts. */
export function alphabetOf(texts: Iterable<string>, normalisation: Normalisation): string[] {
  const found = new Set<string>();
  for (const text of texts) for (const character of normalise(text, normalisation)) found.add(character);
  return [...found].sort();
}

/** The space and the 26 letters. */
export const LETTERS: readonly string[] = [' ', ...Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i))];

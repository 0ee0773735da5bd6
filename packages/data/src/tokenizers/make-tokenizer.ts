import { InputError } from '../errors';
import { type Normalisation, lostCharacters, normalise } from '../normalise';
import type { Tokenizer } from './tokenizer';

/** What sets one tokenizer apart from another; the rest follows. */
export interface TokenizerParts
  extends
    Pick<
      Tokenizer,
      | 'spec'
      | 'vocabSize'
      | 'maskId'
      | 'padId'
      | 'endOfTextId'
      | 'beginId'
      | 'unknownId'
      | 'spaceLeads'
      | 'decode'
      | 'byteLength'
      | 'json'
    >,
    Partial<Pick<Tokenizer, 'addedMask' | 'separator' | 'config'>> {
  /** Ids of a text that is normalised already. @throws InputError as `Tokenizer.encode` */
  encode(normalised: string): Int32Array;
}

/** The end of a text, else a line end, else a space, as a vocabulary encodes it; nothing where it cannot. */
function separatorBy({ encode, unknownId = -1, endOfTextId }: TokenizerParts): Int32Array {
  if (endOfTextId !== undefined) return Int32Array.of(endOfTextId);
  for (const text of ['\n', ' ']) {
    try {
      const ids = encode(text);
      if (ids.length && !ids.includes(unknownId)) return ids;
    } catch {
      // The vocabulary lacks it.
    }
  }
  return new Int32Array(0);
}

/** @throws InputError unless mask and special tokens are entries of the vocabulary */
function checkIds({ spec: { name }, vocabSize, maskId, padId, endOfTextId, beginId, unknownId }: TokenizerParts): void {
  for (const [what, id] of Object.entries({ maskId, padId, endOfTextId, beginId, unknownId })) {
    if (id === undefined || (Number.isInteger(id) && id >= 0 && id < vocabSize)) continue;
    throw new InputError(
      `The ${what} of the tokenizer ${name} must be one of its ids, 0 to ${vocabSize - 1}; ${id} was given.`,
    );
  }
}

/**
 * A tokenizer of its parts: texts are normalised before they are encoded, and what parts documents is the end of a text, else a
 * line end, else a space, where nothing is given.
 * @param normalisation default: texts as they are
 * @throws InputError if the mask or a special token is no entry of the vocabulary
 * @example
 * ```ts
 * import { makeTokenizer } from '@idlm/data';
 *
 * const words = ['yes', 'no', ' ']; // and the mask behind them
 * const tokenizer = makeTokenizer({
 *   spec: { name: 'yes-or-no' },
 *   vocabSize: 4,
 *   maskId: 3,
 *   encode: (text) => Int32Array.from(text.match(/yes|no| /g) ?? [], (word) => words.indexOf(word)),
 *   decode: (ids) => Array.from(ids, (id) => [...words, '▁'][id] ?? '\uFFFD').join(''),
 *   json: { words },
 * });
 * console.log(...tokenizer.encode('no yes'), tokenizer.decode([0, 3])); // → 1 2 0 yes▁
 * ```
 */
export function makeTokenizer(parts: TokenizerParts, normalisation: Normalisation = 'none'): Tokenizer {
  checkIds(parts);
  return {
    addedMask: false,
    config: {},
    ...parts,
    separator: parts.separator ?? separatorBy(parts),
    normalise: normalisation,
    encode: (text) => parts.encode(normalise(text, normalisation)),
    lost: (text) => lostCharacters(text, normalisation),
  };
}

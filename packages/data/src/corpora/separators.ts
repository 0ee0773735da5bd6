import { InputError } from '../errors';
import type { WindowEnds } from '../loaders/windows';
import { encodePiece } from '../tokenizers/piece';
import type { Tokenizer } from '../tokenizers/tokenizer';

/**
 * The ids between packed documents.
 * @param set a text, or null for the vocabulary's own
 * @throws InputError if the vocabulary lacks it
 */
export function separatorIds(tokenizer: Tokenizer, set: string | null): Int32Array {
  if (set === null) return tokenizer.separator;
  const refuse = (why: string): never => {
    throw new InputError(`data.separator is ${JSON.stringify(set)}, and the vocabulary has nothing for it (${why}).`);
  };
  let ids: Int32Array;
  try {
    ids = encodePiece(tokenizer, set);
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (set && !ids.length) refuse('it has no token');
  if (tokenizer.unknownId !== undefined && ids.includes(tokenizer.unknownId)) refuse('it is an unknown word');
  return ids;
}

/** @throws InputError if the vocabulary has no end of a text */
export function windowEndsOf({ beginId, endOfTextId }: Tokenizer): WindowEnds {
  if (endOfTextId === undefined)
    throw new InputError(
      'data.windowEnds asks for the end of a text at the ends of windows, and the vocabulary has none; take a tokenizer with <|endoftext|>, </s> or [SEP], or leave it out.',
    );
  return { begin: beginId ?? endOfTextId, end: endOfTextId };
}

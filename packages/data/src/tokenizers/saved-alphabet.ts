import { InputError } from '../errors';
import { BEGINNING, MASK } from './own-json';
import { idsByToken } from './vocabulary';

/**
 * The characters of a saved character tokenizer, by id, without special tokens, and whether it has a beginning.
 * @throws InputError unless they are characters with the ids from 0 on: in another's place they would be read as it
 */
export function savedAlphabet(json: Readonly<Record<string, unknown>>) {
  const ids = idsByToken(json);
  if (!ids.size) throw new InputError('tokenizer.json holds no vocabulary; the file is damaged.');
  const characters = [...ids.keys()].filter((token) => token !== MASK && token !== BEGINNING);
  const alphabet = characters.sort((a, b) => ids.get(a)! - ids.get(b)!);
  const wrong = alphabet.find((one, id) => ids.get(one) !== id || Array.from(one).length !== 1);
  if (wrong !== undefined)
    throw new InputError(
      `tokenizer.json has ${JSON.stringify(wrong)} as ${ids.get(wrong)}; a tokenizer of characters has single ones with the ids from 0 on, so the file is damaged.`,
    );
  return { alphabet, beginning: ids.has(BEGINNING) };
}

import { normalise } from '../normalise';
import type { Tokenizer } from './tokenizer';

/** Whether `letters` makes a space of what a text begins with, and of what it ends with. */
function spacesAround(text: string): readonly [boolean, boolean] {
  const within = normalise(`a${text}a`, 'letters');
  return [within[1] === ' ', within.at(-2) === ' '];
}

/**
 * Ids of a piece of a text, such as a prompt or what stands beside a hole. The normalisation `letters` takes spaces from the
 * ends of a whole text; within a text they count, so that a prompt that ends with a space is not gone on with in mid-word.
 * @throws InputError as the tokenizer's `encode`
 */
export function encodePiece(tokenizer: Tokenizer, text: string): Int32Array {
  const ids = tokenizer.encode(text);
  if (tokenizer.normalise !== 'letters' || tokenizer.spaceLeads) return ids;
  const space = tokenizer.encode('a a').subarray(1, 2);
  if (ids.length === 0) return text ? space : ids;
  const [before, after] = spacesAround(text);
  return Int32Array.from([...(before ? space : []), ...ids, ...(after ? space : [])]);
}

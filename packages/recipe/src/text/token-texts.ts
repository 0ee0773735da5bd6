import { InputError } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import type { TokenTexts } from '@idlm/samplers/patterns';

/** What stands for bytes that are no whole character. */
const NO_CHARACTER = '\uFFFD';

/** Tokens that are compared at once with the text that they make together. */
const TRIED = 64;

/** Tokens after which other events of the process have their turn: some milliseconds. */
const IN_A_TURN = 1024;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A token that is text by itself, so that what stands behind it is decoded as within a text. */
function anchorOf({ vocabSize, decode }: Tokenizer): number {
  for (let id = 0; id < vocabSize; id++) if (/^[\p{L}\p{N}]$/u.test(decode([id]))) return id;
  throw new InputError('No token of the vocabulary is a letter or a digit, so that text cannot be held to a pattern.');
}

/** @throws InputError where tokens make another text together than one behind the other */
async function checkJoined(
  { decode }: Tokenizer,
  anchor: number,
  texts: readonly (string | undefined)[],
): Promise<void> {
  const ids = [...texts.keys()].filter((id) => texts[id] !== undefined);
  for (let from = 0; from < ids.length; from += TRIED) {
    if (from % IN_A_TURN === 0) await nextTurn();
    const some = ids.slice(from, from + TRIED);
    const joined = some.map((id) => texts[id]).join('');
    if (decode([anchor, ...some]) === decode([anchor]) + joined) continue;
    throw new InputError(
      'The tokenizer does not put the texts of tokens one behind the other, so that text cannot be held to a pattern.',
    );
  }
}

/**
 * The texts of all tokens, for patterns. Those that are none are left out: the mask, what begins and ends a text, and parts of
 * characters. What fills rows up is the padding; where that is a character, it is a text, too.
 * A large vocabulary takes a third of a second, in turns with all else.
 * @throws InputError for a tokenizer whose tokens do not make a text one behind the other
 */
export async function tokenTexts(tokenizer: Tokenizer): Promise<TokenTexts> {
  const { vocabSize, maskId, padId, endOfTextId, beginId, decode } = tokenizer;
  const anchor = anchorOf(tokenizer);
  const start = decode([anchor]).length;
  const signs = new Set([maskId, endOfTextId, beginId]);
  const texts: (string | undefined)[] = [];
  for (let id = 0; id < vocabSize; id++) {
    if (id % IN_A_TURN === 0) await nextTurn();
    const text = decode([anchor, id]).slice(start);
    const isSign = signs.has(id) || (id === padId && text.trim() !== '');
    texts.push(isSign || text.includes(NO_CHARACTER) ? undefined : text);
  }
  await checkJoined(tokenizer, anchor, texts);
  return { texts, padding: [...new Set([padId, endOfTextId])].filter((id) => id !== undefined) };
}

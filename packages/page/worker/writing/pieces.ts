import type { Tokenizer } from '@idlm/data/texts';

/** What decoders write for bytes that are no whole character. */
const BROKEN = '\uFFFD';

/**
 * The text piece of each token; null at masks. Tokens that are parts of a character have it all at the first of them.
 * @param isMask whether a token is still noise
 */
export function piecesOf(
  tokens: readonly number[],
  { decode }: Pick<Tokenizer, 'decode'>,
  isMask: (token: number) => boolean,
): (string | null)[] {
  const pieces = tokens.map((token) => (isMask(token) ? null : decode([token])));
  for (let i = 0; i < pieces.length; i++) {
    if (!pieces[i]?.includes(BROKEN)) continue;
    let end = i;
    while (pieces[end]?.includes(BROKEN)) end++;
    pieces[i] = decode(tokens.slice(i, end));
    pieces.fill('', i + 1, end);
    i = end;
  }
  return pieces;
}

/** An added token of `tokenizer.json`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly special?: boolean;
}

/** Hands on the parts of a text: an added token's id, or text between two of them. */
export type AddedTokenSplit = (text: string, part: (part: string | number) => void) => void;

const WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]';

/** A token as a regular expression, with the white space that it takes away. */
function patternOf({ content, single_word: isWord, lstrip, rstrip }: AddedToken): string {
  const text = content.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&').replaceAll('\\-', '\\x2d');
  const whole = isWord ? `(?<!${WORD})${text}(?!${WORD})` : text;
  return `${lstrip ? '\\p{White_Space}*' : ''}${whole}${rstrip ? '\\p{White_Space}*' : ''}`;
}

/**
 * Splits texts at added tokens, the longest one where several match.
 * @param tokens those that are looked for, under the text that they are looked for by
 */
export function splitAtAdded(tokens: readonly AddedToken[]): AddedTokenSplit {
  if (!tokens.length)
    return (text, part) => {
      if (text) part(text);
    };
  const sorted = tokens.toSorted((a, b) => b.content.length - a.content.length);
  // A token that takes white space away is found with it, whatever its own begins and ends with.
  const trimmed = new Map(tokens.map(({ content, id }) => [content.trim(), id]));
  const ids = new Map(tokens.map(({ content, id }) => [content, id]));
  const pattern = new RegExp(sorted.map((token) => `(?:${patternOf(token)})`).join('|'), 'gu');
  return (text, part) => {
    let end = 0;
    for (const { 0: found, index } of text.matchAll(pattern)) {
      if (index > end) part(text.slice(end, index));
      part(ids.get(found) ?? trimmed.get(found.trim())!);
      end = index + found.length;
    }
    if (end < text.length) part(text.slice(end));
  };
}

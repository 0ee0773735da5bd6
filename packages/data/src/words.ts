import type { TokenArray } from './tokens/token-store';
import type { Tokenizer } from './tokenizers/tokenizer';

/** The distinct words of a text, split at spaces. */
export const wordsOf = (text: string): Set<string> => new Set(text.split(/\s+/).filter(Boolean));

/** Tokens that are decoded at once. */
const SOME = 1 << 16;

/** Tokens within which a space is looked for, to part tokens at. */
const NEAR = 1 << 10;

/** Where at most SOME tokens from `start` on may end: before a token with a space, so that words stay whole. */
function endOf(tokens: TokenArray, start: number, tokenizer: Tokenizer): number {
  const most = Math.min(start + SOME, tokens.length);
  if (most === tokens.length) return most;
  for (let end = most; end > most - NEAR; end--) if (/^\s/.test(tokenizer.decode([tokens[end]!]))) return end;
  return most;
}

/**
 * The distinct words of a long row of tokens, decoded some at a time.
 * @param rowLength where given, tokens are rows of this length, and a word ends with its row
 */
export function wordsOfTokens(tokens: TokenArray, tokenizer: Tokenizer, rowLength?: number): Set<string> {
  const words = new Set<string>();
  for (let start = 0; start < tokens.length;) {
    const end = rowLength ? start + rowLength : endOf(tokens, start, tokenizer);
    for (const word of wordsOf(tokenizer.decode(tokens.subarray(start, end)))) words.add(word);
    start = end;
  }
  return words;
}

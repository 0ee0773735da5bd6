import { encodePiece } from '../tokenizers/piece';
import type { Tokenizer } from '../tokenizers/tokenizer';

/** Behind a word, a number, or a mark that ends or parts sentences, a text begins with a space. */
const NEEDS_SPACE = /[\p{L}\p{N}\p{M}.,;:!?…)\]}»”’]$/u;

/** Scripts that are written without spaces, and their marks. */
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}。、！？」』]$/u;

/** What stands between a prompt and its text: a text, or null for what suits the prompt. */
export type PromptSeparator = string | null;

/**
 * What stands behind a prompt: the separator that is set, else a space behind a word or a sentence (`who is`), and nothing
 * behind white space or any other mark (`55+66=`), in scripts without spaces, or where there is no prompt.
 */
function separatorBehind(prompt: string, set: PromptSeparator = null): string {
  if (!prompt) return '';
  return set ?? (NEEDS_SPACE.test(prompt) && !WITHOUT_SPACES.test(prompt) ? ' ' : '');
}

/** The ids of a prompt and the separator behind it. */
function encodeGiven(prompt: string, separator: string, tokenizer: Tokenizer): Int32Array {
  const ids = tokenizer.encode(prompt);
  return tokenizer.spaceLeads || !ids.length ? ids : encodePiece(tokenizer, prompt + separator);
}

/**
 * The ids that a text is to continue, [≥ 0]: those of a prompt, with what stands behind it in rows (`packRows`), so that a model is asked as
 * it was trained.
 * @param set the separator; null for what suits the prompt
 * @throws InputError as the tokenizer's `encode`
 * @example
 * ```ts
 * import { byteTokenizer, encodePrompt } from '@idlm/data';
 *
 * const tokenizer = byteTokenizer();
 * for (const prompt of ['who is', '1+1=']) console.log(tokenizer.decode(encodePrompt(prompt, tokenizer)) + '|');
 * // → who is |
 * // → 1+1=|
 * ```
 */
export const encodePrompt = (prompt: string, tokenizer: Tokenizer, set: PromptSeparator = null): Int32Array =>
  encodeGiven(prompt, separatorBehind(prompt, set), tokenizer);

/**
 * The ids of a prompt with its text, encoded as one, and how many of them are given. A text that begins with white space of
 * its own gets no separator unless one is set.
 */
export function encodePrompted(
  { prompt, text }: { readonly prompt: string; readonly text: string },
  tokenizer: Tokenizer,
  set: PromptSeparator = null,
): { readonly ids: Int32Array; readonly prompt: number } {
  const separator = set === null && /^\s/.test(text) ? '' : separatorBehind(prompt, set);
  const given = encodeGiven(prompt, separator, tokenizer);
  const ids = tokenizer.encode(prompt + separator + text);
  if (ids.length >= given.length && given.every((id, i) => ids[i] === id)) return { ids, prompt: given.length };
  // The vocabulary joins tokens across the boundary of prompt and text, or nothing of the text is left.
  const behind = tokenizer.encode(tokenizer.spaceLeads ? separator + text : text);
  return { ids: Int32Array.from([...given, ...behind]), prompt: given.length };
}

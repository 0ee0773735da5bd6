import { InputError } from '../errors';
import { encodePiece } from '../tokenizers/piece';
import { rowStartOf } from '../tokenizers/row-start';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { type PromptSeparator, encodePrompt } from './prompts';

/** How rows, or windows of packed text, began that a model was trained on. */
export interface Prompting {
  /** Field of the prompts; absent where rows had none. */
  readonly field?: string;
  /** What stood behind each prompt; null for what suits it. */
  readonly separator?: PromptSeparator;
  /** Whether they began with the vocabulary's begin of a text (`data.windowEnds`), which is given with the prompt then. */
  readonly isBegun: boolean;
}

/** The ids of what a text begins with, behind the begin that rows or windows had. */
export function begunIds(ids: Int32Array, tokenizer: Tokenizer, prompting?: Prompting): Int32Array {
  const begin = prompting?.isBegun ? rowStartOf(tokenizer) : undefined;
  return begin !== undefined && ids.length ? Int32Array.from([begin, ...ids]) : ids;
}

/** A hole of a template is written as underscores, one for each token; `\_` is an underscore. */
const HOLES = /\\_|_+/g;

/**
 * The pieces of a template: texts, which may be empty, and between them the lengths of holes. A text without holes is one piece.
 * @example
 * ```ts
 * import { templatePieces } from '@idlm/data/texts';
 *
 * console.log(...templatePieces('call me ___, some')); // → call me  3 , some
 * ```
 */
export function templatePieces(template: string): (string | number)[] {
  const pieces: (string | number)[] = [];
  let [end, open] = [0, ''];
  for (const match of template.matchAll(HOLES)) {
    open += template.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[0] === '\\_') open += '_';
    else {
      pieces.push(open, match[0].length);
      open = '';
    }
  }
  return [...pieces, open + template.slice(end)];
}

/**
 * Ids of a piece of a text.
 * @param what the piece in messages
 * @param counts what a piece has that must not get lost
 * @throws InputError if nothing is left of one that has it
 */
export function requireText(
  what: string,
  piece: string,
  counts: RegExp,
  ids: Int32Array,
  tokenizer: Tokenizer,
): Int32Array {
  if (tokenizer.decode(ids).trim() || !counts.test(piece)) return ids;
  const reason =
    tokenizer.normalise === 'none' ? '' : `, since it was trained on text with data.normalise=${tokenizer.normalise}`;
  throw new InputError(`${what} ${JSON.stringify(piece)} holds nothing that the model can read${reason}.`);
}

/**
 * Ids of a prompt as a model reads it, [≥ 0].
 * @param prompting how its rows began: what stood between prompts and texts then stands behind this one, and the begin of texts before it
 * @throws InputError if nothing is left of it
 */
export function promptIds(prompt: string, tokenizer: Tokenizer, prompting?: Prompting): Int32Array {
  const { field, separator = null } = prompting ?? {};
  const ids = field === undefined ? encodePiece(tokenizer, prompt) : encodePrompt(prompt, tokenizer, separator);
  return begunIds(requireText('The prompt', prompt, /\S/, ids, tokenizer), tokenizer, prompting);
}

/**
 * Ids of a template as a model reads it: every `_` stands for a token to write, `\_` for an underscore.
 * @param hole what stands at a token to write
 * @param prompting how its rows began
 * @throws InputError if it has no hole, or nothing is left of a text between holes
 */
export function templateIds(template: string, tokenizer: Tokenizer, hole: number, prompting?: Prompting): Int32Array {
  const pieces = templatePieces(template);
  if (pieces.length === 1)
    throw new InputError(
      `A template has holes, written as one underscore for each token; ${JSON.stringify(template)} has none.`,
    );
  const ids = pieces.flatMap((piece) =>
    typeof piece === 'number'
      ? new Array<number>(piece).fill(hole)
      : Array.from(requireText('The text', piece, /[\p{L}\p{N}]/u, encodePiece(tokenizer, piece), tokenizer)),
  );
  return begunIds(Int32Array.from(ids), tokenizer, prompting);
}

import { InputError } from '../errors';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { Documents } from './document';
import { type EncodedStream, encodeRows } from './encoded';
import { checkShare, holdOutRows } from './hold-out';
import type { PromptSeparator } from './prompts';
import { type WindowEnds, spanOf } from '../loaders/windows';
import type { RowCorpus } from '../tokens/token-corpus';
import { type TokenArray, tokenStore } from '../tokens/token-store';

/** How documents become rows. */
export interface RowOptions {
  readonly length: number;
  /** The tokenizer's own by default. */
  readonly padId?: number;
  /** Share of rows held out, in [0, 0.5], or 1 (default 0.1). */
  readonly share?: number;
  /** What stands between a prompt and its text (default: see `separatorBehind`). */
  readonly promptSeparator?: PromptSeparator;
  /** Ids before and behind each text, within its row (default: none). */
  readonly ends?: WindowEnds;
  /** How much of the documents has been read, in (0, 1], where that is known; it spares memory. */
  readonly progress?: () => number;
}

/**
 * Parts rows into those trained on and those held out. The former move together in the array that holds them all, so that
 * they are not held twice.
 */
function splitRows(
  tokens: TokenArray,
  length: number,
  { train, heldOut }: { readonly train: Uint32Array; readonly heldOut: Uint32Array },
): { train: TokenArray; heldOut: TokenArray } {
  const out = tokens.slice(0, heldOut.length * length);
  heldOut.forEach((row, i) => out.set(tokens.subarray(row * length, (row + 1) * length), i * length));
  train.forEach((row, i) => {
    if (row !== i) tokens.copyWithin(i * length, row * length, (row + 1) * length);
  });
  return { train: tokens.subarray(0, train.length * length), heldOut: out };
}

/** Documents that are no rows. */
interface LeftOut {
  readonly dropped: number;
  readonly emptied: number;
  readonly emptiedPrompts: number;
}

/** Tokens of a row, and what stands in it beside a text. */
export interface RowShape {
  readonly length: number;
  readonly padId: number;
  readonly ends?: WindowEnds;
}

/**
 * Hands on each document as a padded row, the same array time and again, with how many tokens of it are given: those of its prompt, and what
 * the row begins with where there is one.
 * @returns how many are none
 */
export async function eachRow(
  encoded: EncodedStream,
  { length, padId, ends }: RowShape,
  take: (row: Int32Array, given: number) => void,
): Promise<LeftOut> {
  const row = new Int32Array(length);
  const [room, first] = [spanOf(length, ends), ends ? 1 : 0];
  let [dropped, emptied, emptiedPrompts] = [0, 0, 0];
  for await (const some of encoded) {
    for (const { ids, prompt = 0, hasPrompt = false } of some) {
      if (ids.length === prompt) emptied++;
      else if (ids.length > room) dropped++;
      if (ids.length === prompt || ids.length > room) continue;
      row.fill(padId).set(ids, first);
      if (ends) [row[0], row[ids.length + 1]] = [ends.begin, ends.end];
      take(row, prompt && prompt + first);
      emptiedPrompts += Number(hasPrompt && prompt === 0);
    }
  }
  return { dropped, emptied, emptiedPrompts };
}

/** All documents as rows, before any is held out. */
async function collectRows(
  documents: Documents,
  tokenizer: Tokenizer,
  { length, padId, ends, promptSeparator, progress }: RowOptions & { readonly padId: number },
) {
  const tokens = tokenStore(Math.max(tokenizer.vocabSize, padId + 1), progress);
  const prompts = tokenStore(Math.max(length + 1, 1 << 16), progress);
  let isPrompted = false;
  async function* encoded() {
    for await (const some of encodeRows(documents, tokenizer, promptSeparator)) {
      isPrompted ||= some.some(({ prompt }) => prompt !== undefined);
      yield some;
    }
  }
  const left = await eachRow(encoded(), { length, padId, ends }, (row, given) => {
    tokens.add(row);
    prompts.add([given]);
  });
  return { ...tokens.finish(), prompts: isPrompted ? prompts.finish().tokens : undefined, ...left };
}

/** @throws InputError if the tokenizer has nothing to fill rows up with, or what is given is no id */
export function paddingOf({ padId = undefined }: Pick<RowOptions, 'padId'>, tokenizer: Tokenizer): number {
  const found = padId ?? tokenizer.padId;
  if (found !== undefined && !(Number.isInteger(found) && found >= 0))
    throw new InputError(`The padding of rows is an id, a whole number from 0 on; ${found} was given.`);
  if (found !== undefined) return found;
  throw new InputError(
    'The tokenizer has no token to fill rows up with; take one with a space or a [PAD] token, or set data.layout to "packed".',
  );
}

/** Says why there is no row. */
export function refuseNoRow(length: number, { dropped, emptied }: LeftOut): never {
  const count = `${emptied} of ${emptied + dropped} documents`;
  const empty = emptied ? ` ${count} hold nothing once they are normalised (data.normalise).` : '';
  throw new InputError(
    dropped
      ? `No document fits a row of ${length} tokens: ${dropped} are longer; set data.length higher, or data.layout to "packed".${empty}`
      : `No document has a token to train on.${empty}`,
  );
}

/**
 * Encodes each document into a row of its own, padded to L. Longer documents are left out and counted, never cut, as are those
 * without a token. Rows are held out by a hash of their tokens (see `holdOutRows`). With `ends` a row is begin, text, end and padding, as
 * the reference implementations of masked and uniform diffusion lay out text that they do not pack.
 * @throws InputError if the tokenizer has no padding, no document fits, or the share is out of its range
 * @example
 * ```ts
 * import { LETTERS, characterTokenizer, packRows } from '@idlm/data';
 *
 * const tokenizer = characterTokenizer(LETTERS, 'letters');
 * const rows = await packRows(['whale', 'ship', 'harpooneers'], tokenizer, { length: 8, share: 0.5 });
 * console.log(rows.train.length + rows.heldOut.length, rows.dropped); // → 16 1
 * ```
 */
export async function packRows(documents: Documents, tokenizer: Tokenizer, options: RowOptions): Promise<RowCorpus> {
  const { length, share = 0.1 } = options;
  checkShare(share);
  const padId = paddingOf(options, tokenizer);
  const { tokens, hash, prompts, ...counts } = await collectRows(documents, tokenizer, { ...options, padId });
  if (!tokens.length) refuseNoRow(length, counts);
  const split = holdOutRows(tokens, length, share);
  const numbers = prompts && {
    train: Int32Array.from(split.train, (row) => prompts[row]!),
    heldOut: Int32Array.from(split.heldOut, (row) => prompts[row]!),
  };
  return {
    ...splitRows(tokens, length, split),
    hash,
    length,
    padId,
    ...counts,
    ...(numbers ? { prompts: numbers } : {}),
  };
}

import { createHash } from 'node:crypto';
import { InputError } from '../errors';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { PackedCorpus } from '../tokens/token-corpus';
import type { Documents } from './document';
import { type EncodedStream, encodeTexts } from './encoded';
import { checkShare, trainedTokens } from './hold-out';
import { type TokenArray, type TokenStore, tokenStore } from '../tokens/token-store';

/** sha256 of an array's bytes, as hexadecimal digits. */
export const hashOf = (values: TokenArray | string): string =>
  createHash('sha256')
    .update(typeof values === 'string' ? values : new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

/** How documents become one row of tokens. */
export interface PackOptions {
  /** Ids between documents, such as those of a space (default: those of the tokenizer). */
  readonly separator?: Int32Array;
  /** Share of tokens held out, in [0, 0.5], or 1 (default 0.1). */
  readonly share?: number;
  /** Tokens that there must be to train on (default 2). */
  readonly least?: number;
  /** How much of the documents has been read, in (0, 1], where that is known; it spares memory. */
  readonly progress?: () => number;
}

/** Adds encoded texts to a store, with a separator between those that have tokens. @returns how many have none */
export async function addTexts(
  store: Pick<TokenStore, 'size' | 'add'>,
  encoded: EncodedStream,
  separator: Int32Array,
  onDocument?: () => void,
): Promise<number> {
  let emptied = 0;
  // Whether there is a text, and whether it has tokens so far.
  let [isBegun, hasTokens] = [false, false];
  for await (const some of encoded) {
    for (const { ids, isContinued } of some) {
      if (!isContinued) {
        emptied += Number(isBegun && !hasTokens);
        hasTokens = false;
      }
      isBegun = true;
      if (!ids.length) continue;
      if (!hasTokens) {
        if (store.size > 0) store.add(separator);
        onDocument?.();
      }
      hasTokens = true;
      store.add(ids);
    }
  }
  return emptied + Number(isBegun && !hasTokens);
}

/**
 * Encodes documents into one row of tokens, a separator between them, and holds the end out. Long texts are encoded in parts.
 * @returns also how many documents have no tokens once they are normalised
 * @throws InputError if fewer than `least` tokens are left to train on, or the separator is none of the vocabulary's
 * @example
 * ```ts
 * import { LETTERS, characterTokenizer, packCorpus } from '@idlm/data';
 *
 * const tokenizer = characterTokenizer(LETTERS, 'letters');
 * const { train, heldOut } = await packCorpus(['Call me', 'Ishmael'], tokenizer, { separator: Int32Array.of(0), share: 0.2 });
 * console.log(`${tokenizer.decode(train)}|${tokenizer.decode(heldOut)}`); // → call me ishm|ael
 * ```
 */
export async function packCorpus(
  documents: Documents,
  tokenizer: Tokenizer,
  { separator = tokenizer.separator, share = 0.1, least = 2, progress }: PackOptions = {},
): Promise<PackedCorpus & { readonly emptied: number }> {
  checkShare(share);
  const wrong = separator.find((id) => !(Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize));
  if (wrong !== undefined)
    throw new InputError(`A separator consists of ids, 0 to ${tokenizer.vocabSize - 1}; ${wrong} was given.`);
  const store = tokenStore(tokenizer.vocabSize, progress);
  const emptied = await addTexts(store, encodeTexts(documents, tokenizer), separator);
  const { tokens, hash } = store.finish();
  const cut = trainedTokens(tokens.length, share, least);
  return { train: tokens.subarray(0, cut), heldOut: tokens.subarray(cut), hash, emptied };
}

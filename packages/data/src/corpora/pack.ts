import { createHash } from 'node:crypto';
import { InputError } from '../errors';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { collector } from './collector';
import { checkShare } from './hold-out';

/** A corpus as tokens, and a part of it held out. */
export interface PackedCorpus {
  readonly train: Int32Array;
  /** A share that is never trained on: the last tokens, or some of the rows. */
  readonly heldOut: Int32Array;
  /** sha256 over all tokens. */
  readonly hash: string;
}

/** sha256 of an array's bytes, as hexadecimal digits. */
export const hashOf = (values: Int32Array | Uint8Array | string): string =>
  createHash('sha256')
    .update(typeof values === 'string' ? values : new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

/**
 * Encodes documents into one row of tokens, a separator between them, and holds the end out.
 * @param separator ids between documents, such as those of a space
 * @param share share of tokens held out, in [0, 0.5] (default 0.1)
 * @throws InputError if fewer than `least` tokens are left to train on
 */
export async function packCorpus(
  documents: AsyncIterable<string> | Iterable<string>,
  tokenizer: Tokenizer,
  {
    separator = new Int32Array(0),
    share = 0.1,
    least = 2,
  }: { readonly separator?: Int32Array; readonly share?: number; readonly least?: number } = {},
): Promise<PackedCorpus> {
  checkShare(share);
  const tokens = collector();
  let first = true;
  for await (const document of documents) {
    if (!first) tokens.add(separator);
    tokens.add(tokenizer.encode(document));
    first = false;
  }
  const all = tokens.take();
  const cut = Math.ceil(all.length * (1 - share));
  if (cut < least)
    throw new InputError(`The corpus has ${cut} tokens to train on; at least ${least} are needed, one window.`);
  return { train: all.subarray(0, cut), heldOut: all.subarray(cut), hash: hashOf(all) };
}

import type { Tokenizer } from '@idlm/data';
import type { Measures } from '@idlm/evaluation';
import type { PreparedCorpus } from '../text/corpus';

const encoder = new TextEncoder();

/** Bytes of the text of ids, [BOS], ends of a text and masks aside, which are no text although they are shown as some. */
export function textBytes(
  { endOfTextId, beginId, maskId, byteLength }: Pick<Tokenizer, 'endOfTextId' | 'beginId' | 'maskId' | 'byteLength'>,
  decode: Measures['decode'],
): (ids: Int32Array) => number {
  const isText = (id: number) => id !== endOfTextId && id !== beginId && id !== maskId;
  const bytesOf = byteLength ?? ((ids: Int32Array) => encoder.encode(decode(ids)).length);
  return (ids) => bytesOf(ids.filter(isText));
}

/** Bytes of the text of ids of a corpus, without their padding. */
export function countedBytes({ tokenizer, decode, padId }: PreparedCorpus): (ids: Int32Array) => number {
  const bytes = textBytes(tokenizer, decode);
  return (ids) =>
    bytes(ids.subarray(0, padId === undefined ? ids.length : ids.findLastIndex((id) => id !== padId) + 1));
}

/** How texts of a corpus are measured, whoever judges them. */
export const measuresOf = (corpus: PreparedCorpus): Omit<Measures, 'scorers'> => ({
  decode: corpus.decode,
  bytes: textBytes(corpus.tokenizer, corpus.decode),
  words: corpus.words,
  padId: corpus.padId,
});

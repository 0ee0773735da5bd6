import type { Tokenizer } from '@idlm/data';
import type { Measures } from '@idlm/evaluation';
import type { PreparedCorpus } from '../text/corpus';

const encoder = new TextEncoder();

/** Bytes of the text of ids, [BOS], ends of a text and masks aside, which are no text although they are shown as some. */
export function textBytes(
  { endOfTextId, beginId, maskId }: Pick<Tokenizer, 'endOfTextId' | 'beginId' | 'maskId'>,
  decode: Measures['decode'],
): (ids: Int32Array) => number {
  const isText = (id: number) => id !== endOfTextId && id !== beginId && id !== maskId;
  return (ids) => encoder.encode(decode(ids.filter(isText))).length;
}

/** How texts of a corpus are measured, whoever judges them. */
export const measuresOf = (corpus: PreparedCorpus): Omit<Measures, 'scorers'> => ({
  decode: corpus.decode,
  bytes: textBytes(corpus.tokenizer, corpus.decode),
  words: corpus.words,
  padId: corpus.padId,
});

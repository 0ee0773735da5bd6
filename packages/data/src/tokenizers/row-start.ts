import type { Tokenizer } from './tokenizer';

/** The token that stands before rows: the tokenizer's own beginning, else its end of text; undefined where it has neither. */
export const rowStartOf = ({ beginId, endOfTextId }: Pick<Tokenizer, 'beginId' | 'endOfTextId'>): number | undefined =>
  beginId ?? endOfTextId;

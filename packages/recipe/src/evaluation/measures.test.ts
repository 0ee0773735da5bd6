import type { PreparedCorpus } from '../text/corpus';
import { countedBytes, textBytes } from './measures';

/** A vocabulary whose beginning, end and mask are ids of their own, which are shown as some text each. */
const [BEGIN, END, MASK, PAD] = [7, 8, 9, 0];
const tokenizer = { beginId: BEGIN, endOfTextId: END, maskId: MASK };
const decode = (ids: ArrayLike<number>) => Array.from(ids, (id) => (id === 5 ? 'é' : 'a')).join('');

describe('bytes of a text', () => {
  it.each([
    ['what begins it', BEGIN],
    ['what ends it', END],
    ['masks', MASK],
  ])('leave out %s, wherever that stands', (_, id) => {
    const bytes = textBytes(tokenizer, decode);
    expect(bytes(Int32Array.of(1, 5, 2))).toBe(4);
    expect(bytes(Int32Array.of(id, 1, 5, id, 2, id))).toBe(4);
  });

  it('are those that the tokenizer counts, where it does', () => {
    const bytes = textBytes({ ...tokenizer, byteLength: (ids) => 10 * ids.length }, decode);
    expect(bytes(Int32Array.of(BEGIN, 1, 2, END))).toBe(20);
  });

  it('of rows leave out the padding behind them, and no padding within', () => {
    const of = (padId?: number) => countedBytes({ tokenizer, decode, padId } as unknown as PreparedCorpus);
    expect(of(PAD)(Int32Array.of(1, PAD, 5, PAD, PAD))).toBe(4);
    expect(of(PAD)(Int32Array.of(PAD, PAD))).toBe(0);
    expect(of()(Int32Array.of(1, PAD, 5, PAD, PAD))).toBe(6);
  });
});

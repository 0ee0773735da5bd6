import { batchesOf } from './likelihood';

/** Rows of two tokens, by their numbers. */
const rows = (batch: number) => ({ ids: Int32Array.from({ length: 2 * batch }, (_, i) => i), batch, length: 2 });
const shown = (batch: number, size: number, most: number) =>
  batchesOf(rows(batch), size, most).map(({ ids, batch: count }) => [count, ids[0]! / 2, (ids.at(-1)! - 1) / 2]);

describe('batches of held-out windows', () => {
  it('are whole ones, one behind the other, each window in one', () => {
    expect(shown(7, 3, 10)).toEqual([
      [3, 0, 2],
      [3, 3, 5],
    ]);
    expect(shown(6, 2, 2)).toEqual([
      [2, 0, 1],
      [2, 2, 3],
    ]);
  });

  it('are one smaller one of fewer windows', () => {
    expect(shown(2, 3, 10)).toEqual([[2, 0, 1]]);
  });
});

import { judgedWindows } from './windows';

const END = 9;
const of = (...texts: number[][]) => texts.map((text) => Int32Array.from(text));
const cut = (texts: number[][], context: number, longest?: number) =>
  judgedWindows(of(...texts), { context, longest, endOfText: END }).map(({ text, ids, weights }) => [
    text,
    [...ids],
    [...weights],
  ]);

describe('windows of a judge', () => {
  it('fill texts up to the longest, whose first end counts', () => {
    expect(
      cut(
        [
          [1, 2, 3, 4],
          [1, 2],
        ],
        8,
      ),
    ).toEqual([
      [0, [1, 2, 3, 4], [1, 1, 1]],
      [1, [1, 2, END, END], [1, 1, 0]],
    ]);
  });

  it('count what stands behind a first end, but no further end', () => {
    expect(cut([[1, END, 2, END, 3]], 8)).toEqual([[0, [1, END, 2, END, 3], [1, 1, 0, 1]]]);
  });

  it('take an end at the beginning for the first one, although it is not scored', () => {
    expect(cut([[END, 2, END, 3]], 8)).toEqual([[0, [END, 2, END, 3], [1, 0, 1]]]);
  });

  it('are cut at the context, each with a first end of its own, and texts at their longest', () => {
    expect(cut([[1, 2, 3, 4, 5, 6, 7]], 3, 5)).toEqual([
      [0, [1, 2, 3], [1, 1]],
      [0, [4, 5], [1]],
    ]);
    // The second window of the shorter text is nothing but filling, whose first end is not scored.
    expect(
      cut(
        [
          [1, 2, 3, 4, 5],
          [1, 2],
        ],
        3,
      ),
    ).toEqual([
      [0, [1, 2, 3], [1, 1]],
      [0, [4, 5], [1]],
      [1, [1, 2, END], [1, 1]],
      [1, [END, END], [0]],
    ]);
  });

  it('read what is given of a text without scoring it, whose ends count from there', () => {
    const given = (texts: number[][], context: number, counts: number[]) =>
      judgedWindows(of(...texts), { context, endOfText: END, given: counts }).map(({ weights }) => [...weights]);
    expect(
      given(
        [
          [1, END, 2, 3, END, 4],
          [1, 2],
        ],
        8,
        [3, 0],
      ),
    ).toEqual([
      [0, 0, 1, 1, 1],
      [1, 1, 0, 0, 0],
    ]);
    // The first token of a window is not scored, whoever wrote it; nor is any of a window that is given.
    expect(given([[1, 2, 3, 4, 5, 6, 7]], 3, [4])).toEqual([[0, 0], [1, 1], []]);
    expect(given([[1, 2]], 8, [2])).toEqual([[0]]);
  });

  it('are none of no text', () => {
    expect(cut([[], []], 3)).toEqual([]);
  });
});

import fc from 'fast-check';
import { byteVocabulary } from '../../../test/vocabularies';
import { pairCounts } from '../pair-counts';
import { BYTE_SYMBOLS } from './byte-symbols';
import { mergeTable } from './merge-table';
import { merging } from './merging';
import { textUnits } from './text-units';
import { wordTable } from './word-table';

describe('BYTE_SYMBOLS', () => {
  it('are one character for each byte, none twice and none white space', () => {
    expect([BYTE_SYMBOLS.length, new Set(BYTE_SYMBOLS).size]).toEqual([256, 256]);
    expect(BYTE_SYMBOLS.filter((symbol) => Array.from(symbol).length !== 1 || /\s/u.test(symbol))).toEqual([]);
    // As GPT-2's vocabulary writes them.
    expect([32, 10, 33, 126, 0, 173, 255].map((byte) => BYTE_SYMBOLS[byte])).toEqual([
      'Ġ',
      'Ċ',
      '!',
      '~',
      'Ā',
      'Ń',
      'ÿ',
    ]);
  });
});

describe('textUnits', () => {
  it('gives the code units of texts, short ones behind long ones', () => {
    const units = textUnits();
    for (const text of ['the sea 😀', '', 'é', '\uD800a', 'x'.repeat(5000), 'y'])
      expect(Array.from(units(text))).toEqual(Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)));
  });
});

/** Joins the pair of the lowest rank, the leftmost of equals, until there is none: what byte-pair encoding is. */
function joinedByHand(
  ids: readonly number[],
  ranks: ReadonlyMap<string, readonly [rank: number, joined: number]>,
): number[] {
  const left = [...ids];
  for (;;) {
    const found = left.slice(1).map((right, i) => ranks.get(`${left[i]} ${right}`)?.[0] ?? Infinity);
    const least = Math.min(...found);
    if (least === Infinity) return left;
    const at = found.indexOf(least);
    left.splice(at, 2, ranks.get(`${left[at]} ${left[at + 1]}`)![1]);
  }
}

/** Merges of a small vocabulary: each joins two of the tokens before it. */
const mergesOf = (picks: readonly (readonly [number, number])[]): [number, number, number][] => {
  const seen = new Set<string>();
  let next = 4;
  return picks.flatMap(([left, right]): [number, number, number][] => {
    const pair = [left % next, right % next] as const;
    if (seen.has(pair.join())) return [];
    seen.add(pair.join());
    return [[...pair, next++]];
  });
};
const picks = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 30 });

describe('merging', () => {
  it('is joining the lowest rank, the leftmost first, one after another', () => {
    fc.assert(
      fc.property(picks, fc.array(fc.nat(3), { maxLength: 60 }), (chosen, ids) => {
        const merges = mergesOf(chosen);
        const ranks = new Map(
          merges.map(([left, right, joined], rank) => [`${left} ${right}`, [rank, joined] as const]),
        );
        const merged = Int32Array.from(ids);
        const count = merging(mergeTable(merges))(merged, ids.length);
        expect([...merged.subarray(0, count)]).toEqual(joinedByHand(ids, ranks));
      }),
      { numRuns: 400 },
    );
  });

  it('is done again and again with the same memory, longer words behind shorter ones', () => {
    const merge = merging(
      mergeTable([
        [0, 0, 1],
        [1, 1, 2],
      ]),
    );
    for (const length of [1, 7, 500, 3, 100_000, 2]) {
      const ids = new Int32Array(length);
      const count = merge(ids, length);
      const [fours, rest] = [Math.floor(length / 4), length % 4];
      expect([...ids.subarray(0, count)]).toEqual([
        ...Array(fours).fill(2),
        ...(rest >= 2 ? [1] : []),
        ...(rest % 2 ? [0] : []),
      ]);
    }
  });
});

describe('mergeTable', () => {
  it('finds each pair that it holds, with its rank and what it becomes, and no other', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.nat(60_000), fc.nat(60_000)), { selector: String, maxLength: 80 }),
        (pairs) => {
          const { find, rank, joined } = mergeTable(pairs.map(([left, right], i) => [left, right, 7 * i]));
          pairs.forEach(([left, right], i) => {
            const slot = find(left, right);
            expect([rank[slot], joined[slot]]).toEqual([i, 7 * i]);
            if (!pairs.some(([a, b]) => a === right && b === left)) expect(find(right, left)).toBe(-1);
          });
          expect(find(60_001, 60_001)).toBe(-1);
        },
      ),
    );
    expect(mergeTable([]).find(0, 0)).toBe(-1);
  });

  it('takes the last of several entries of a pair', () => {
    const { find, rank, joined } = mergeTable([
      [1, 2, 10],
      [3, 4, 11],
      [1, 2, 12],
    ]);
    const slot = find(1, 2);
    expect([rank[slot], joined[slot]]).toEqual([2, 12]);
  });
});

describe('wordTable', () => {
  const unitsOf = (word: string) => Uint16Array.from(word, (one) => one.charCodeAt(0));

  it('knows the words that were kept, and gives their ids where they are wanted', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\uD83D'), minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(words, (asked) => {
        const table = wordTable();
        const known = new Map<string, number[]>();
        for (const word of asked) {
          const units = unitsOf(word);
          const out = new Int32Array(20).fill(-7);
          const found = table.take(units, 0, units.length, out, 3);
          const expected = known.get(word);
          expect(found).toBe(expected?.length ?? -1);
          if (expected) expect([...out.subarray(2, 4 + expected.length)]).toEqual([-7, ...expected, -7]);
          else {
            const ids = Array.from(word, (one, i) => one.charCodeAt(0) + i);
            table.keep(units, 0, units.length, Int32Array.from([...ids, 99]), ids.length);
            known.set(word, ids);
          }
        }
      }),
      // Each makes a table of 10 MB.
      { numRuns: 20 },
    );
  });

  it('keeps no long word, and forgets all where there is no room for more', () => {
    const table = wordTable();
    const out = new Int32Array(300);
    const long = unitsOf('a'.repeat(65));
    expect(table.take(long, 0, 65, out, 0)).toBe(-1);
    table.keep(long, 0, 65, out, 1);
    expect(table.take(long, 0, 65, out, 0)).toBe(-1);
    const ids = Int32Array.from({ length: 255 }, (_, i) => i);
    const numbered = (i: number) => unitsOf(i.toString(36).padStart(8, '0'));
    // 4112 words of 255 ids fill the room for 2^20 of them.
    for (let i = 0; i < 4200; i++) {
      expect(table.take(numbered(i), 0, 8, out, 0)).toBe(-1);
      table.keep(numbered(i), 0, 8, ids, 255);
    }
    expect([table.take(numbered(0), 0, 8, out, 0), table.take(numbered(4199), 0, 8, out, 0)]).toEqual([-1, 255]);
    expect(out.subarray(0, 255)).toEqual(ids);
  });
});

describe('pairCounts', () => {
  it('gives the commonest pair, of equals the one with the lower ids, as counts go up and down', () => {
    const change = fc.tuple(fc.nat(3), fc.nat(3), fc.integer({ min: -3, max: 3 }), fc.nat(4));
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 6 }), (rounds) => {
        const counted = pairCounts();
        const counts = new Map<string, number>();
        for (const changes of rounds) {
          for (const [left, right, by, word] of changes) {
            counted.add(left, right, by, word);
            counts.set(`${left} ${right}`, (counts.get(`${left} ${right}`) ?? 0) + by);
          }
          const best = [...counts]
            .filter(([, count]) => count > 0)
            .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0];
          const found = counted.commonest();
          expect(found && [`${found.left} ${found.right}`, found.count]).toEqual(best);
          // What was taken from the heap is only told again where its count has changed.
          if (found) counted.add(found.left, found.right, 0, 0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('knows the words in which a pair has stood', () => {
    const counted = pairCounts();
    counted.add(1, 2, 3, 7);
    counted.add(1, 2, 1, 9);
    counted.add(1, 2, -3, 7);
    expect([[...counted.placesOf(1, 2)].sort(), counted.placesOf(2, 1)]).toEqual([[7, 9], []]);
    expect(pairCounts().commonest()).toBeUndefined();
  });
});

it('a vocabulary whose merges lack a part is spelt by the library, with the same ids', () => {
  const whole = byteVocabulary(
    ['<|endoftext|>'],
    [
      ['t', 'h'],
      ['th', 'e'],
    ],
  );
  const text = 'the then th t he';
  expect([...whole.encode(text)]).toEqual([257, 32, 257, 110, 32, 256, 32, 116, 32, 104, 101]);
});

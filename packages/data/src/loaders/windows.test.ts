import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { batchesOfRank, checkRanks } from './loader';
import { shuffledByEpoch } from '../shards/epochs';
import { firstRows, heldOutRows, rowLoader, trainingRows } from './rows';
import { consecutiveWindows, spanOf, windowLoader, windowsIn } from './windows';

const counting = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const ends = { begin: 900, end: 901 };

describe('windowsIn', () => {
  it.each([
    [10, 5, undefined, 2],
    [11, 5, undefined, 2],
    [5, 5, undefined, 1],
    [10, 5, ends, 3],
    [3, 5, ends, 1],
    [1, 3, ends, 1],
  ])('%d tokens have windows of %d', (tokens, length, given, count) => {
    expect(windowsIn(tokens, length, given)).toBe(count);
  });

  it('refuses what is no whole one, and ends that leave no room', () => {
    expect(() => windowsIn(4, 5, undefined)).toThrow(
      'The corpus has 4 tokens, fewer than one window of 5; give more text or a smaller data.length.',
    );
    expect(() => windowsIn(2, 5, ends)).toThrow('The corpus has 2 tokens, fewer than one window of 5');
    for (const length of [0, 1, 2])
      expect(() => spanOf(length, ends)).toThrow(
        `A window of ${length} tokens has no room between its ends; set data.length to at least 3.`,
      );
    expect([spanOf(3, ends), spanOf(1, undefined)]).toEqual([1, 1]);
  });
});

describe('consecutiveWindows', () => {
  it('are all whole ones, or the first of them', () => {
    expect(consecutiveWindows(counting(7), 3)).toEqual({ ids: Int32Array.of(0, 1, 2, 3, 4, 5), batch: 2, length: 3 });
    expect(consecutiveWindows(counting(7), 3, 1).ids).toEqual(Int32Array.of(0, 1, 2));
    expect(consecutiveWindows(counting(7), 3, 0)).toEqual({ ids: new Int32Array(0), batch: 0, length: 3 });
    expect(consecutiveWindows(counting(2), 3).batch).toBe(0);
  });

  it('with ends have these around their text, which goes on from one to the next', () => {
    const { ids, batch } = consecutiveWindows(Uint16Array.from(counting(7)), 4, Infinity, ends);
    expect([batch, ...ids]).toEqual([3, 900, 0, 1, 901, 900, 2, 3, 901, 900, 4, 5, 901]);
  });

  it('give the text back but for a rest that is shorter than a window', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 3, max: 9 }), fc.boolean(), (count, length, isEnded) => {
        const { ids, batch } = consecutiveWindows(counting(count), length, Infinity, isEnded ? ends : undefined);
        const text = [...ids].filter((id) => id < 900);
        expect(text).toEqual([...counting(text.length)]);
        expect(count - text.length).toBeLessThan(isEnded ? length - 2 : length);
        expect(ids.length).toBe(batch * length);
      }),
    );
  });
});

describe('windowLoader', () => {
  it('draws every offset, the last one too, as often as any other', () => {
    const loader = windowLoader({ tokens: counting(10), length: 4, batch: 700, random: randomStream(5) });
    const starts = new Map<number, number>();
    const { ids } = loader.at(0);
    for (let row = 0; row < 700; row++) starts.set(ids[4 * row]!, (starts.get(ids[4 * row]!) ?? 0) + 1);
    expect([...starts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    // Each of 7 offsets is drawn 100 times, with a standard deviation of 9.3.
    for (const count of starts.values()) expect(Math.abs(count - 100)).toBeLessThan(40);
  });

  it('of one window gives that, and with ends nothing but text between them', () => {
    const one = windowLoader({ tokens: counting(4), length: 4, batch: 2, random: randomStream(1) });
    expect([...one.at(3).ids]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    const ended = windowLoader({ tokens: counting(4), length: 5, batch: 8, random: randomStream(1), ends });
    const { ids } = ended.at(0);
    for (let row = 0; row < 8; row++) {
      const [begin, first, , last, end] = ids.subarray(5 * row, 5 * row + 5);
      expect([begin, end, last! - first!]).toEqual([900, 901, 2]);
    }
  });

  it('refuses a text that has none when it is made, and not when it is asked', () => {
    const random = randomStream(1);
    expect(() => windowLoader({ tokens: counting(3), length: 4, batch: 1, random })).toThrow(
      'fewer than one window of 4',
    );
    expect(() => windowLoader({ tokens: counting(3), length: 2, batch: 1, random, ends })).toThrow(
      'has no room between',
    );
  });
});

describe('batches', () => {
  const random = randomStream(1);
  const rows = { train: Int32Array.of(1, 2), heldOut: new Int32Array(0), length: 2 };

  it.each([0, -1, 2.5, NaN, Infinity])('of %d sequences are none, for windows and rows', (batch) => {
    const sentence = `A batch has a whole number of sequences, at least 1; ${batch} was given.`;
    expect(() => windowLoader({ tokens: counting(9), length: 2, batch, random })).toThrow(sentence);
    expect(() => rowLoader({ corpus: rows, batch, random })).toThrow(sentence);
    expect(() => shuffledByEpoch(9, batch, random)).toThrow(sentence);
  });

  it('of one sequence are such', () => {
    expect(windowLoader({ tokens: counting(2), length: 2, batch: 1, random }).at(0)).toEqual({
      ...{ ids: Int32Array.of(0, 1), batch: 1, length: 2 },
    });
    expect(rowLoader({ corpus: rows, batch: 1, random }).at(7)).toEqual({
      ...{ ids: Int32Array.of(1, 2), batch: 1, length: 2 },
    });
    expect(shuffledByEpoch(1, 1, random)(5)).toEqual([0]);
  });

  it('hold ids of their own, which nobody else writes to', () => {
    const tokens = counting(4);
    const loader = windowLoader({ tokens, length: 4, batch: 1, random });
    loader.at(0).ids.fill(-1);
    heldOutRows({ ...rows, heldOut: rows.train }).ids.fill(-1);
    expect([[...loader.at(0).ids], [...tokens], [...rows.train]]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      [1, 2],
    ]);
  });
});

describe('ranks', () => {
  it.each([
    [{ rank: 2, ranks: 2 }, 'rank 2 of 2 was given'],
    [{ rank: -1, ranks: 2 }, 'rank -1 of 2 was given'],
    [{ rank: 0.5, ranks: 2 }, 'rank 0.5 of 2 was given'],
    [{ rank: 0, ranks: 0 }, 'rank 0 of 0 was given'],
    [{ ranks: NaN }, 'rank 0 of NaN was given'],
    [{ rank: 1 }, 'rank 1 of 1 was given'],
  ])('%j is none', (given, sentence) => {
    expect(() => checkRanks(given)).toThrow(`A rank is a whole number from 0 to below their number; ${sentence}.`);
  });

  it('share out the batches of one reader, each to one of them', () => {
    const loader = () => windowLoader({ tokens: counting(50), length: 4, batch: 3, random: randomStream(2) });
    const all = Array.from({ length: 12 }, (_, k) => loader().at(k));
    for (const ranks of [1, 2, 3, 4])
      for (let rank = 0; rank < ranks; rank++) {
        const own = batchesOfRank(loader(), { rank, ranks });
        for (let k = 0; k < 12 / ranks; k++) expect(own.at(k)).toEqual(all[k * ranks + rank]);
        expect([own.batch, own.length]).toEqual([3, 4]);
      }
  });
});

describe('rows', () => {
  const corpus = { train: Uint8Array.of(1, 2, 3, 4, 5, 6), heldOut: Uint8Array.of(7, 8), length: 2 };
  const prompts = { train: Int32Array.of(0, 1, 2), heldOut: Int32Array.of(1) };

  it('of a part come in their order, as many as are asked for', () => {
    const part = { tokens: corpus.train, length: 2 };
    expect(firstRows(part, 2)).toEqual({ ids: Int32Array.of(1, 2, 3, 4), batch: 2, length: 2 });
    expect(firstRows(part).batch).toBe(3);
    expect(firstRows(part, 0)).toEqual({ ids: new Int32Array(0), batch: 0, length: 2 });
    expect(trainingRows(corpus).ids).toEqual(Int32Array.of(1, 2, 3, 4, 5, 6));
    expect(heldOutRows(corpus).ids).toEqual(Int32Array.of(7, 8));
  });

  it('mark what is given of each: its prompt, and a beginning', () => {
    expect(trainingRows({ ...corpus, prompts }).valid).toEqual(Uint8Array.of(1, 1, 0, 1, 0, 0));
    expect(heldOutRows({ ...corpus, prompts }, { beginId: 9 })).toEqual({
      ...{ ids: Int32Array.of(9, 7, 8), batch: 1, length: 3 },
      valid: Uint8Array.of(0, 0, 1),
    });
  });

  it('are drawn with the marks of their own', () => {
    const loader = rowLoader({ corpus: { ...corpus, prompts }, beginId: 9, batch: 40, random: randomStream(4) });
    const { ids, valid } = loader.at(0);
    const seen = new Set<number>();
    for (let row = 0; row < 40; row++) {
      const [begin, first] = [ids[3 * row], ids[3 * row + 1]!];
      seen.add(first);
      const given = 1 + (first - 1) / 2;
      expect([begin, ...valid!.subarray(3 * row, 3 * row + 3)]).toEqual([
        9,
        ...[0, 1, 2].map((i) => Number(i >= given)),
      ]);
    }
    expect([...seen].sort()).toEqual([1, 3, 5]);
  });
});

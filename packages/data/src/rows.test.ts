import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { holdOutRows } from './corpora/hold-out';
import { readCorpus, readPrompted } from './corpora/read';
import { type RowOptions, packRows } from './corpora/rows';
import type { RowCorpus } from './tokens/token-corpus';
import { heldOutRows, rowLoader, trainingRows } from './loaders/rows';
import { byteTokenizer } from './tokenizers/bytes';
import type { TokenArray } from './tokens/token-store';
import { LETTERS, characterTokenizer } from './tokenizers/character';
import { huggingFaceTokenizer } from './tokenizers/hugging-face';

const tokenizer = characterTokenizer(LETTERS, 'letters');
const pack = (documents: readonly string[], options: Partial<RowOptions> = {}) =>
  packRows(documents, tokenizer, { length: 5, ...options });
const rowsOf = (ids: TokenArray, length = 5): string[] =>
  Array.from({ length: ids.length / length }, (_, row) =>
    tokenizer.decode(ids.subarray(row * length, (row + 1) * length)),
  );
/** Distinct words of up to five letters. */
const words = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `w${i.toString(26).replaceAll(/\d/g, (d) => 'qrstuvwxyz'[Number(d)]!)}`);

it.each([-1, 1.5])('packRows refuses %p as padding, which unsigned rows would hold as another id', async (padId) => {
  await expect(packRows(['ab'], characterTokenizer(['a', 'b']), { length: 3, padId })).rejects.toThrow(
    `The padding of rows is an id, a whole number from 0 on; ${padId} was given.`,
  );
});

describe('packRows', () => {
  it('pads short documents, leaves long ones out with their count, and passes empty ones over', async () => {
    const { train, heldOut, dropped, padId, hash } = await pack(['ab', 'Ahoy!', 'starboard', '7!', 'whale'], {
      share: 0,
    });
    expect(rowsOf(train)).toEqual(['ab   ', 'ahoy ', 'whale']);
    expect([heldOut.length, dropped, padId]).toEqual([0, 1, 0]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('loses no row and cuts none, whatever the documents', async () => {
    const documents = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(documents, fc.double({ min: 0, max: 0.5, noNaN: true }), async (given, share) => {
        const fitting = given.filter((text) => text.length <= 5);
        fc.pre(fitting.length > 0);
        const { train, heldOut, dropped } = await pack(given, { share });
        const [kept, held] = [rowsOf(train), rowsOf(heldOut)];
        expect([...kept, ...held].map((row) => row.trim()).sort()).toEqual([...fitting].sort());
        expect(dropped).toBe(given.length - fitting.length);
        expect(held.length).toBeLessThanOrEqual(fitting.length * share);
        expect(held.filter((row) => kept.includes(row))).toEqual([]);
      }),
    );
  });

  it('holds a fair sample of a sorted list out, the same whatever stands around it', async () => {
    const sorted = words(2000).sort();
    const { heldOut, train } = await pack(sorted);
    const held = rowsOf(heldOut);
    expect([held.length, train.length / 5]).toEqual([200, 1800]);
    const ranks = held.map((row) => sorted.indexOf(row.trim()));
    // The mean of 200 ranks of 2000 has a standard deviation of about 40.
    expect(Math.abs(ranks.reduce((a, b) => a + b, 0) / 200 - 1000)).toBeLessThan(200);
    expect(ranks).not.toEqual([...ranks].sort((a, b) => a - b));
    const turned = await pack([...sorted].reverse());
    expect(rowsOf(turned.heldOut).sort()).toEqual(held.sort());
  });

  it('says what to do when no document fits, nothing can fill rows up, or the share is out of range', async () => {
    await expect(pack(['starboard'])).rejects.toThrow(
      'No document fits a row of 5 tokens: 1 are longer; set data.length higher',
    );
    const spaceless = characterTokenizer(['a']);
    await expect(packRows(['a'], spaceless, { length: 3 })).rejects.toThrow('no token to fill rows up with');
    await expect(pack(['a'], { share: 0.6 })).rejects.toThrow('in [0, 0.5], or is 1; 0.6');
    const { train } = await packRows(['a'], spaceless, { length: 3, padId: 1, share: 0 });
    expect([...train]).toEqual([0, 1, 1]);
  });
});

describe('holdOutRows', () => {
  it('keeps equal rows on one side, even when that leaves nothing out', () => {
    const { train, heldOut } = holdOutRows(new Int32Array(12).fill(3), 3, 0.5);
    expect([Array.from(train), heldOut.length]).toEqual([[0, 1, 2, 3], 0]);
  });
});

describe('padding of tokenizers', () => {
  it('is the space, or that of a hub vocabulary', () => {
    expect([tokenizer.padId, byteTokenizer().padId, characterTokenizer(['a']).padId]).toEqual([0, 32, undefined]);
    const hub = (...contents: string[]) =>
      huggingFaceTokenizer({
        ...characterTokenizer(['x', 'y']).json,
        added_tokens: contents.map((content, i) => ({ id: 2 + i, content, special: true })),
      }).padId;
    expect([hub('</s>', '[PAD]'), hub('[MASK]', '<|endoftext|>'), hub('[MASK]')]).toEqual([3, 3, undefined]);
  });
});

describe('a beginning', () => {
  const corpus = { train: Int32Array.of(1, 2, 3, 4), heldOut: Int32Array.of(5, 6), length: 2 };

  it('stands before every row and is given, like prompts', () => {
    const begun = { ids: Int32Array.of(9, 1, 2, 9, 3, 4), batch: 2, length: 3 };
    expect(trainingRows(corpus, { beginId: 9 })).toEqual({ ...begun, valid: Uint8Array.of(0, 1, 1, 0, 1, 1) });
    const prompts = { train: Int32Array.of(1, 0), heldOut: Int32Array.of(0) };
    expect(trainingRows({ ...corpus, prompts }, { beginId: 9 })).toEqual({
      ...begun,
      valid: Uint8Array.of(0, 0, 1, 0, 1, 1),
    });
    expect(heldOutRows(corpus, { beginId: 9 })).toMatchObject({ ids: Int32Array.of(9, 5, 6), batch: 1, length: 3 });
    const loader = rowLoader({ corpus, beginId: 9, batch: 4, random: randomStream(1) });
    const { ids, valid } = loader.at(0);
    expect(loader.length).toBe(3);
    for (let i = 0; i < ids.length; i++) expect([ids[i] === 9, valid![i]]).toEqual(i % 3 ? [false, 1] : [true, 0]);
  });
});

describe('rowLoader', () => {
  let corpus: RowCorpus;
  beforeAll(async () => {
    corpus = await pack(words(40), { share: 0.25 });
  });

  it('gives batch k as a function of the seed and k alone, of whole training rows, all of them in time', () => {
    const loader = (seed = 3) => rowLoader({ corpus, batch: 7, random: randomStream(seed) });
    const [a, b] = [loader(), loader()];
    b.at(0);
    expect(b.at(9)).toEqual(a.at(9));
    expect(a.at(10)).not.toEqual(a.at(9));
    expect(loader(4).at(9)).not.toEqual(a.at(9));
    const seen = new Set<string>();
    for (let k = 0; k < 60; k++) rowsOf(a.at(k).ids).forEach((row) => seen.add(row));
    expect([...seen].sort()).toEqual(rowsOf(corpus.train).sort());
    expect(a.at(0).valid).toBeUndefined();
  });

  it('gives the held-out rows, all or a few', () => {
    expect(heldOutRows(corpus)).toEqual({ ids: new Int32Array(corpus.heldOut), batch: 10, length: 5 });
    expect(heldOutRows(corpus, { most: 3 })).toEqual({
      ids: new Int32Array(corpus.heldOut.subarray(0, 15)),
      batch: 3,
      length: 5,
    });
  });
});

describe('documents', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rows-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const all = async <Item>(items: AsyncIterable<Item>) => {
    const found: Item[] = [];
    for await (const item of items) found.push(item);
    return found;
  };

  it('are the lines of a text file where that is asked for, whatever their ends', async () => {
    const path = join(folder, 'list.txt');
    await writeFile(path, 'one\r\n\ntwo\nthree');
    expect(await all(readCorpus({ path, unit: 'line' }))).toEqual(['one', 'two', 'three']);
    expect(await all(readCorpus({ path }))).toEqual(['one\n\ntwo\nthree']);
  });

  it('have prompts, whose tokens do not count', async () => {
    const path = join(folder, 'pairs.jsonl');
    await writeFile(path, '{"q":"up","a":"down"}\n{"q":"a","a":"z"}\n{"q":"ab","a":" "}\n');
    const pairs = await all(readPrompted({ path, field: 'a', promptField: 'q' }));
    expect(pairs).toEqual([
      { prompt: 'up', text: 'down' },
      { prompt: 'a', text: 'z' },
    ]);
    const corpus = await packRows(pairs, tokenizer, { length: 8, share: 0.5 });
    const { ids, valid, batch } = rowLoader({ corpus, batch: 9, random: randomStream(1) }).at(0);
    const held = heldOutRows(corpus);
    const found = [...rowsOf(ids, 8), ...rowsOf(held.ids, 8)];
    const marks = [...valid!, ...held.valid!];
    expect(new Set(found)).toEqual(new Set(['up down ', 'a z     ']));
    found.forEach((row, i) => expect(marks.slice(i * 8, (i + 1) * 8).indexOf(1)).toBe(row.startsWith('up') ? 3 : 2));
    expect(valid).toHaveLength(batch * 8);
    expect(marks.filter((mark) => mark === 0)).toHaveLength(found.reduce((n, row) => n + row.indexOf(' ') + 1, 0));
  });

  it('have no prompts in text files, and need both fields elsewhere', async () => {
    await writeFile(join(folder, 'x.txt'), 'text');
    await writeFile(join(folder, 'x.jsonl'), '{"text":"a"}');
    const read = (name: string) => all(readPrompted({ path: join(folder, name), promptField: 'q' }));
    await expect(read('x.txt')).rejects.toThrow(
      'is plain text and holds no prompts; give JSONL, JSON, CSV or Parquet.',
    );
    await expect(read('x.jsonl')).rejects.toThrow('Line 1 of');
    await expect(read('x.jsonl')).rejects.toThrow(
      'has no text in "q"; it has text. Set data.field or data.promptField.',
    );
  });
});

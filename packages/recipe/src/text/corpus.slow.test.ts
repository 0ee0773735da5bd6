import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { type MemoryCorpus, type TokenArray, byteTokenizer, huggingFaceTokenizer, saveTokenizer } from '@idlm/data';
import { resolveConfig } from '../config/load';
import { type PreparedCorpus, prepareInMemory, withNormalisation } from './corpus';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'corpus-'));
});
afterEach(() => rm(folder, { recursive: true }));

const prepare = (...settings: string[]) => prepareInMemory(resolveConfig({ settings }).config);
const fromFile = async (name: string, text: string, ...settings: string[]) => {
  await writeFile(join(folder, name), text);
  return prepare(`data.corpus=${join(folder, name)}`, ...settings);
};
/** Rows of a batch as text. */
const rowsOf = (
  { decode }: PreparedCorpus,
  { ids, batch, length }: { ids: Int32Array; batch: number; length: number },
) => Array.from({ length: batch }, (_, row) => decode(ids.subarray(row * length, (row + 1) * length)));
/** Windows of a length, or rows of it behind their start. */
const draw = ({ loader, rowStart }: MemoryCorpus, length: number, batch = 20) =>
  loader({ length: length + (rowStart === undefined ? 0 : 1), batch, random: randomStream(1) }).at(0);

it.each([
  ['data.field=body', 'The corpus moby-dick comes with idlm and has no field "body"; leave data.field out.'],
  ['data.format=csv', 'The corpus moby-dick comes with idlm and has no data.format; leave it out.'],
  ['data.promptField=q', 'The corpus moby-dick holds no prompts'],
])('a corpus that comes with idlm has nothing of a file: %s', async (setting, sentence) => {
  await expect(prepare(setting)).rejects.toThrow(sentence);
});

describe('words', () => {
  it('are padded rows of one English word each, a fair tenth of them held out', async () => {
    const corpus = await prepare('data.corpus=words', 'data.length=12');
    const { tokenizer, heldOut, packed, padId, words, notes } = corpus;
    expect([tokenizer.vocabSize, tokenizer.maskId, padId, notes]).toEqual([29, 28, 0, []]);
    const held = rowsOf(corpus, heldOut);
    const others = [...held, ...rowsOf(corpus, draw(corpus, 12))].filter((row) => !/^[a-z]{3,12} *$/.test(row));
    expect(others).toEqual([]);
    const count = packed.train.length / 12 + heldOut.batch;
    expect(count).toBeGreaterThan(200_000);
    expect(heldOut.batch / count).toBeCloseTo(0.1, 4);
    expect(held.filter((row) => words.has(row.trim()))).toEqual([]);
    expect(words.size).toBe(packed.train.length / 12);
    // The list is sorted; the held-out words are from all of it, and as long as all.
    const meanOf = (ids: TokenArray) => {
      let letters = 0;
      for (const id of ids) letters += Number(id !== 0);
      return letters / (ids.length / 12);
    };
    expect(Math.abs(meanOf(packed.heldOut) - meanOf(packed.train))).toBeLessThan(0.05);
    const initials = new Set(held.slice(0, 500).map((row) => row[0]));
    expect(initials.size).toBeGreaterThan(20);
  });

  it('that are longer than a row are left out, and counted', async () => {
    const corpus = await prepare('data.corpus=words', 'data.length=4');
    expect(corpus.notes).toEqual([expect.stringMatching(/^2\d{5} documents are longer than a row of 4 tokens/)]);
    for (const row of rowsOf(corpus, draw(corpus, 4))) expect(row).toMatch(/^[a-z]{3}[a-z ]$/);
  });
});

describe('rows', () => {
  it('are the lines of a text, in any vocabulary, with spaces behind', async () => {
    const text = 'abc\nde\nfghijk\n\nx';
    const settings = ['data.layout=rows', 'data.length=4', 'data.heldOut=0', 'data.normalise=none'];
    for (const tokenizer of ['characters', 'bytes']) {
      const corpus = await fromFile('list.txt', text, ...settings, `data.tokenizer=${tokenizer}`);
      expect(new Set(rowsOf(corpus, draw(corpus, 4)))).toEqual(new Set(['abc ', 'de  ', 'x   ']));
      expect(corpus.notes).toEqual([
        '1 document is longer than a row of 4 tokens (data.length) and left out.',
        'Nothing is held out, so samples are compared with the training text.',
      ]);
      expect(rowsOf(corpus, corpus.heldOut)).toEqual(['abc ', 'de  ', 'x   ']);
      expect([...corpus.words]).toEqual(['abc', 'de', 'x']);
    }
  });

  it.each([
    ['a single one', 'whale', 1],
    ['a few texts many times', 'ab\ncd\nef\ngh\n'.repeat(50), 200],
  ])('of %s hold nothing out, and say so', async (_, text, documents) => {
    const { facts, notes, heldOut } = await fromFile('list.txt', text, 'data.layout=rows', 'data.length=5');
    expect([facts.documents, facts.heldOutIsTraining, heldOut.batch]).toEqual([documents, true, documents]);
    expect([facts.trainTokens, facts.heldOutTokens]).toEqual([documents * 5, 0]);
    expect(notes).toEqual(['Nothing is held out, so samples are compared with the training text.']);
  });

  it('do not fit a network of another length', async () => {
    const corpus = await fromFile('list.txt', 'abc\nde', 'data.layout=rows', 'data.length=4');
    expect(() => draw(corpus, 5)).toThrow(
      'The rows have 4 tokens (data.length) and a start, the network 6; make them the same.',
    );
    const uniform = await fromFile('list.txt', 'abc\nde', 'data.layout=rows', 'data.length=4', 'family=udlm');
    expect(() => draw(uniform, 5)).toThrow('The rows have 4 tokens (data.length), the network 5; make them the same.');
  });

  it('begin with a token that is given where noise is masks, and is no token of the text', async () => {
    const settings = ['data.layout=rows', 'data.length=4', 'data.heldOut=0'];
    for (const tokenizer of ['characters', 'bytes']) {
      const corpus = await fromFile('list.txt', 'abc\nde', ...settings, `data.tokenizer=${tokenizer}`);
      const start = corpus.tokenizer.beginId!;
      expect([corpus.rowStart, start !== corpus.padId, corpus.isPrompted]).toEqual([start, true, false]);
      const { ids, valid, length } = corpus.heldOut;
      expect([ids[0], ids[5], length]).toEqual([start, start, 5]);
      expect([...valid!]).toEqual([0, 1, 1, 1, 1, 0, 1, 1, 1, 1]);
      expect(corpus.packed.train).toHaveLength(8);
      expect(corpus.takeTraining()).toMatchObject({ train: ids, rowLength: 5 });
      const uniform = await fromFile('list.txt', 'abc\nde', ...settings, 'family=udlm', `data.tokenizer=${tokenizer}`);
      expect([uniform.rowStart, uniform.tokenizer.beginId, uniform.heldOut.valid]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      // The same text, split alike, whatever stands before it.
      expect(uniform.packed.hash).toBe(corpus.packed.hash);
    }
  });

  it('begin and end with the ends of texts of a vocabulary that has some, and with no other token then', async () => {
    const { json, config } = byteTokenizer('none', { beginning: true });
    const own = huggingFaceTokenizer(json, { ...config, eos_token: '[BOS]', pad_token: 'Ġ' });
    await saveTokenizer(folder, own);
    const settings = ['data.layout=rows', 'data.length=6', 'data.heldOut=0', 'data.windowEnds=true'];
    const corpus = await fromFile('list.txt', 'abc\nde', ...settings, `data.tokenizer=${folder}`);
    expect([corpus.rowStart, corpus.heldOut.valid, corpus.heldOut.length]).toEqual([undefined, undefined, 6]);
    const { ids } = draw(corpus, 6);
    for (let row = 0; row < 20; row++)
      expect(rowsOf(corpus, { ids, batch: 20, length: 6 })[row]).toMatch(/^\[BOS\](abc|de)\[BOS\]/);
  });

  it('with prompts give them unlearned', async () => {
    const lines = '{"in":"Up","text":"down"}\n{"in":"a","text":"z"}\n';
    const corpus = await fromFile('pairs.jsonl', lines, 'data.promptField=in', 'data.length=8', 'data.heldOut=0');
    const batch = draw(corpus, 8);
    expect([corpus.isPrompted, batch.length]).toEqual([true, 9]);
    rowsOf(corpus, batch).forEach((row, i) => {
      const learned = row.startsWith('up down ') ? 3 : 2;
      // The start of the row is given too.
      expect(Array.from(batch.valid!.subarray(i * 9, (i + 1) * 9))).toEqual([
        0,
        ...[...row].map((_, j) => Number(j >= learned)),
      ]);
    });
    const packed = fromFile('pairs.jsonl', lines, 'data.promptField=in', 'data.layout=packed');
    await expect(packed).rejects.toThrow('Packed windows have no prompts; set data.layout to "rows"');
  });

  it('refuse prompts of a corpus that has none', async () => {
    const { config } = resolveConfig({ settings: ['data.corpus=words', 'data.promptField=in'] });
    await expect(prepareInMemory(config)).rejects.toThrow('The corpus words holds no prompts');
  });
});

describe('packed text', () => {
  it('is windows anywhere in it, of any length, without padding', async () => {
    const corpus = await fromFile(
      'text.txt',
      'the quick brown fox jumps over the lazy dog '.repeat(20),
      'data.length=16',
    );
    expect([corpus.padId, corpus.notes, corpus.heldOut.length]).toEqual([undefined, [], 16]);
    const starts = new Set(rowsOf(corpus, draw(corpus, 10)).map((row) => row[0]));
    expect(starts.size).toBeGreaterThan(5);
  });

  it('says how much there is and whether any is held out', async () => {
    const { facts, packed } = await fromFile('text.txt', 'ab cd '.repeat(20), 'data.length=10');
    expect(facts).toMatchObject({ documents: 1, characters: 120, tokens: 119, trainTokens: 108, heldOutTokens: 11 });
    expect([facts.heldOutIsTraining, facts.hash]).toEqual([false, packed.hash]);
    const short = await fromFile('text.txt', 'ab cd '.repeat(20), 'data.length=12');
    expect([short.facts.heldOutIsTraining, short.notes.length]).toEqual([true, 1]);
  });
});

describe('data.normalise with a tokenizer of its own', () => {
  const normalised = async (...settings: string[]) => {
    const { config } = resolveConfig({ settings: ['data.heldOut=0', 'data.length=2', ...settings] });
    const { tokenizer, packed } = await prepareInMemory(config);
    return { config: withNormalisation(config, tokenizer), text: tokenizer.decode(packed.train) };
  };

  it('is heeded where it is set, else that of the folder, and letters for characters and bytes', async () => {
    const text = join(folder, 'text.txt');
    await writeFile(text, 'Ab 1c');
    await saveTokenizer(folder, byteTokenizer('none'));
    const corpus = `data.corpus=${text}`;
    const own = await normalised(corpus, `data.tokenizer=${folder}`);
    expect([own.text, own.config.data.normalise]).toEqual(['Ab 1c', 'none']);
    const set = await normalised(corpus, `data.tokenizer=${folder}`, 'data.normalise=lowercase');
    expect([set.text, set.config.data.normalise]).toEqual(['ab 1c', 'lowercase']);
    for (const tokenizer of ['bytes', 'characters']) {
      const { text: read, config } = await normalised(corpus, `data.tokenizer=${tokenizer}`);
      expect([read, config.data.normalise]).toEqual(['ab c', 'letters']);
    }
  });
});

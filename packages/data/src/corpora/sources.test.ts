import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { inFolder, put, useFolder } from '../../test/corpus-files';
import { wordVocabulary } from '../../test/vocabularies';
import type { CorpusDocument } from './document';
import { rowStartOf } from '../tokenizers/row-start';
import { rowStartIn, rowWidth } from './layouts';
import { prepareCorpus } from './prepare';
import { type CorpusSource, corpusOf, openCorpus, readCorpus, readPrompted } from './read';
import { separatorIds, windowEndsOf } from './separators';

useFolder();

const gather = async <One>(some: AsyncIterable<One>): Promise<One[]> => {
  const found: One[] = [];
  for await (const one of some) found.push(one);
  return found;
};
/** The documents of one reading, with what was counted on the way. */
const readOnce = async (source: CorpusSource) => {
  const { documents, counts } = source.read();
  return { documents: await gather(documents), counts };
};

describe('corpusOf', () => {
  it('gives texts and prompted texts, and counts what it leaves out', async () => {
    const source = corpusOf(['the sea', '', ' \n', { text: 'a', prompt: 'q' }, { text: 'b', prompt: ' ' }]);
    const { documents, counts } = await readOnce(source);
    expect(documents).toEqual([
      { text: 'the sea', isContinued: false },
      { text: 'a', prompt: 'q' },
      { text: 'b', prompt: '' },
    ]);
    expect(counts).toEqual({
      documents: 3,
      characters: 11,
      empty: 2,
      promptless: 1,
      lineEnds: 0,
      bytes: 0,
      totalBytes: 0,
    });
    expect([source.hasPrompts, source.promptField, source.files]).toEqual([true, undefined, undefined]);
    expect(corpusOf(['a', { text: 'b' }]).hasPrompts).toBe(false);
  });

  it('may be read again and again, each time with counts of its own', async () => {
    const source = corpusOf(['a', '']);
    const [first, second] = [await readOnce(source), await readOnce(source)];
    expect(second).toEqual(first);
    expect(first.counts).not.toBe(second.counts);
    expect((await readOnce(corpusOf([]))).documents).toEqual([]);
  });
});

describe('openCorpus', () => {
  it('reads files in their order, of several formats, counting all of them once', async () => {
    const windows = 'the\r\nsea\r\n';
    await put({
      'a.txt': windows,
      'b.jsonl': '{"text":"x\\r\\ny"}\n{"text":null}',
      'c.csv': 'text\nz\n',
      'd.txt.gz': gzipSync('w'),
    });
    const source = await openCorpus({ path: inFolder() });
    for (let reading = 0; reading < 2; reading++) {
      const { documents, counts } = await readOnce(source);
      expect(documents.map(({ text }) => text)).toEqual(['the\nsea\n', 'x\ny', 'z', 'w']);
      expect(counts).toMatchObject({ documents: 4, characters: 8 + 3 + 1 + 1, empty: 1, lineEnds: 3 });
      expect(counts.bytes).toBe(counts.totalBytes);
    }
  });

  it('tells of the bytes as they are read, up to all of them', async () => {
    await put({ 'a.txt': 'x'.repeat(3_000_000), 'b.txt': 'y' });
    const source = await openCorpus({ path: inFolder() });
    const seen: number[] = [];
    const reading = source.read(() => seen.push(reading.counts.bytes));
    await gather(reading.documents);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(3_000_001);
  });

  it('reads prompts beside texts, by the names of their fields', async () => {
    const path = await put(
      { 'a.jsonl': '{"q":"who?","a":"Ahab"}\n{"q":null,"a":"Ishmael"}\n{"q":"x","a":null}' },
      'a.jsonl',
    );
    const source = await openCorpus({ path, field: 'a', promptField: 'q' });
    expect([source.hasPrompts, source.promptField]).toEqual([true, 'q']);
    expect((await readOnce(source)).documents).toEqual([
      { text: 'Ahab', prompt: 'who?' },
      { text: 'Ishmael', prompt: '' },
    ]);
    expect(await gather(readPrompted({ path, field: 'a', promptField: 'q' }))).toHaveLength(2);
    expect(await gather(readCorpus({ path, field: 'a' }))).toEqual(['Ahab', 'Ishmael']);
    const same = await openCorpus({ path, field: 'a', promptField: 'a' });
    expect((await readOnce(same)).documents[0]).toEqual({ text: 'Ahab', prompt: 'Ahab' });
  });

  it('refuses fields where all files are text, and prompts where any is', async () => {
    await put({ 'a.txt': 'the sea', 'b.jsonl': '{"body":"x","q":"y"}' });
    await expect(openCorpus({ path: inFolder('a.txt'), field: 'body' })).rejects.toThrow(
      `${inFolder('a.txt')} is plain text and has no field "body"; give JSONL, JSON, CSV or Parquet, or leave data.field out.`,
    );
    await expect(openCorpus({ path: inFolder(), promptField: 'q' })).rejects.toThrow(
      `${inFolder('a.txt')} is plain text and holds no prompts; give JSONL, JSON, CSV or Parquet.`,
    );
    // Where some files have fields, the texts beside them are read as they are.
    expect(await gather(readCorpus({ path: inFolder(), field: 'body' }))).toEqual(['the sea', 'x']);
  });

  it('gives long files in parts, and the whole where that is asked for', async () => {
    const text = 'the sea and the whale\n'.repeat(40_000);
    const path = await put({ 'a.txt': text, 'b.txt': 'the end' });
    const { documents, counts } = await readOnce(await openCorpus({ path }));
    expect(documents.length).toBeGreaterThan(3);
    expect(documents.filter(({ isContinued }) => !isContinued)).toHaveLength(2);
    expect(counts).toMatchObject({ documents: 2, characters: text.length + 7 });
    expect(await gather(readCorpus({ path }))).toEqual([text, 'the end']);
  });

  it('keeps blank parts of a long text, and counts a blank file', async () => {
    const text = `sea${' \n'.repeat(200_000)}whale`;
    const path = await put({ 'a.txt': text, 'b.txt': ' \n ' });
    const { counts, documents } = await readOnce(await openCorpus({ path }));
    expect(documents.map((one: CorpusDocument) => one.text).join('')).toBe(text);
    expect([counts.documents, counts.empty]).toEqual([1, 1]);
  });

  (process.platform === 'win32' ? it.skip : it)(
    'reads a pipe, which gives its text once, as often as it takes',
    async () => {
      const pipe = inFolder('pipe');
      execFileSync('mkfifo', [pipe]);
      const written = writeFile(pipe, gzipSync('The Sea, the Sea'));
      const source = await openCorpus({ path: pipe });
      await written;
      const corpus = await prepareCorpus({ source, normalise: 'none', layout: 'packed', length: 4, heldOut: 0 });
      expect([corpus.tokenizer.decode(corpus.packed.train), corpus.tokenizer.vocabSize]).toEqual([
        'The Sea, the Sea',
        9,
      ]);
      expect((await readOnce(source)).documents).toEqual([{ text: 'The Sea, the Sea', isContinued: false }]);
    },
  );
});

describe('special tokens of a layout', () => {
  const words = wordVocabulary(['the', 'sea'], ['<s>', '</s>']);

  it('are the ids of what is set between documents, else the own of the vocabulary', () => {
    expect([...separatorIds(words, null)]).toEqual([4]);
    expect([...separatorIds(words, 'the sea')]).toEqual([1, 2]);
    expect([...separatorIds(words, '')]).toEqual([]);
    expect(() => separatorIds(words, 'whale')).toThrow(
      'data.separator is "whale", and the vocabulary has nothing for it (it is an unknown word).',
    );
    expect(() => separatorIds(words, ' ')).toThrow(
      'data.separator is " ", and the vocabulary has nothing for it (it has no token).',
    );
  });

  it('are begin and end of a text around windows, the end twice where there is no begin', () => {
    expect(windowEndsOf(words)).toEqual({ begin: 3, end: 4 });
    expect(windowEndsOf({ ...words, beginId: undefined })).toEqual({ begin: 4, end: 4 });
    expect(() => windowEndsOf({ ...words, endOfTextId: undefined })).toThrow(
      'data.windowEnds asks for the end of a text at the ends of windows, and the vocabulary has none; take a tokenizer with <|endoftext|>, </s> or [SEP], or leave it out.',
    );
  });

  it('stand before rows where that is asked for: the begin, else the end, or the one that a model has', () => {
    expect([rowStartOf(words), rowStartOf({ endOfTextId: 4 }), rowStartOf({})]).toEqual([3, 4, undefined]);
    expect([true, false, undefined, 7, 0].map((wanted) => rowStartIn(words, wanted))).toEqual([
      3,
      undefined,
      undefined,
      7,
      0,
    ]);
    expect([rowWidth(8, undefined, 8), rowWidth(8, 3, 9)]).toEqual([8, 9]);
    expect(() => rowWidth(8, 3, 8)).toThrow(
      'The rows have 8 tokens (data.length) and a start, the network 8; make them the same.',
    );
  });
});

import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { inFolder, useFolder } from '../../test/corpus-files';
import { byteVocabulary, wordVocabulary } from '../../test/vocabularies';
import { openShards } from '../shards/open-shards';
import { writeShards } from '../shards/write-shards';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { CorpusDocument } from './document';
import { prepareCorpus } from './prepare';
import type { PrepareOptions, PreparedCorpus } from './prepared';
import { corpusOf } from './read';

useFolder();

const TOKENIZERS: readonly (readonly [string, Tokenizer])[] = [
  ['letters', characterTokenizer(LETTERS, 'letters')],
  ['bytes', byteTokenizer()],
  [
    'a hub vocabulary of bytes',
    byteVocabulary(
      ['<|endoftext|>', '[PAD]'],
      [
        ['t', 'h'],
        ['th', 'e'],
      ],
    ),
  ],
  ['a hub vocabulary of words', wordVocabulary(['the', 'sea', 'whale'], ['<|endoftext|>', '[PAD]'])],
];
const text = fc
  .array(fc.constantFrom('the', 'sea', 'whale', 'ship', '7', 'é', '\n', '  '), { maxLength: 12 })
  .map((words) => words.join(' '));
let serial = 0;

/** A corpus of files, its files as small as they may be. */
async function inFiles(options: PrepareOptions): Promise<PreparedCorpus> {
  const out = inFolder(`prepared-${serial++}`);
  await writeShards({ ...options, out, threads: 0, shardBytes: 512 });
  return openShards(out, { length: options.length });
}

/** What both give, or what both refuse with. */
async function both(options: PrepareOptions) {
  const told = (error: Error) => ({ refused: error.message });
  return [await prepareCorpus(options).catch(told), await inFiles(options).catch(told)] as const;
}

const rowsOf = ({
  ids,
  length,
  batch,
  valid,
}: {
  ids: Int32Array;
  length: number;
  batch: number;
  valid?: Uint8Array;
}) =>
  Array.from({ length: batch }, (_, row) =>
    [ids, valid ?? new Uint8Array(0)]
      .map((part) => [...part.subarray(row * length, (row + 1) * length)].join())
      .join('|'),
  );

describe.each(TOKENIZERS)('%s', (_, tokenizer) => {
  it('in windows are the same in memory and in files', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 6 }),
        fc.constantFrom(0, 0.1, 0.5, 1),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(null, '', ' the '),
        async (documents, heldOut, length, separator) => {
          const source = corpusOf(documents);
          const [memory, files] = await both({ source, tokenizer, layout: 'packed', length, heldOut, separator });
          if ('refused' in memory || 'refused' in files) return expect(files).toEqual(memory);
          expect(files.facts).toEqual(memory.facts);
          expect(files.notes).toEqual(memory.notes);
          expect(files.heldOut).toEqual(memory.heldOut);
          expect(files.takeHeldOut(2)).toEqual(memory.takeHeldOut(2));
          expect(files.words).toEqual(memory.words);
          expect([...files.takeTraining().train]).toEqual([...memory.takeTraining().train]);
          expect([files.padId, files.isPrompted]).toEqual([undefined, false]);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('in rows hold the same rows, prompts among them, however they are held out', async () => {
    const document = fc.record({ prompt: fc.constantFrom('', 'the', 'the sea', '7'), text });
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { maxLength: 8 }),
        fc.boolean(),
        fc.integer({ min: 3, max: 24 }),
        async (given, isPrompted, length) => {
          const documents: CorpusDocument[] = isPrompted ? given : given.map(({ text: one }) => ({ text: one }));
          const options = { source: corpusOf(documents), tokenizer, layout: 'rows', length, heldOut: 0.3 } as const;
          const [memory, files] = await both(options);
          if ('refused' in memory || 'refused' in files) return;
          const { heldOutTokens: _h, trainTokens: _t, heldOutIsTraining: _i, ...facts } = memory.facts;
          expect(files.facts).toMatchObject(facts);
          expect(files.facts.trainTokens + files.facts.heldOutTokens).toBe(memory.facts.tokens);
          const everything = async (corpus: PreparedCorpus) => {
            const { facts: of } = corpus;
            const train = await corpus
              .loader({ length, batch: of.trainTokens / length, random: randomStream(1) })
              .at(0);
            return [...rowsOf(train), ...(of.heldOutIsTraining ? [] : rowsOf(corpus.heldOut))].sort();
          };
          const inMemory = await prepareCorpus({ ...options, heldOut: 0 });
          expect(await everything(files)).toEqual(rowsOf(inMemory.heldOut).sort());
          expect([files.padId, files.isPrompted]).toEqual([memory.padId, memory.isPrompted]);
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('settings', () => {
  const options = (more: object = {}) =>
    ({
      source: corpusOf(['the sea the whale']),
      layout: 'packed',
      length: 4,
      tokenizer: byteTokenizer(),
      ...more,
    }) as PrepareOptions;

  it.each([
    [{ layout: 'columns' }, 'The layout of a corpus is one of packed, rows; "columns" was given.'],
    [{ length: NaN }, 'The length of a sequence is a whole number of at least 1; NaN was given.'],
    [{ length: 1e16 }, 'The length of a sequence is a whole number of at least 1; 10000000000000000 was given.'],
    [{ heldOut: -0.1 }, 'The held-out share lies in [0, 0.5], or is 1; -0.1 was given.'],
    [{ heldOut: NaN }, 'The held-out share lies in [0, 0.5], or is 1; NaN was given.'],
    [
      { rowStart: 3 },
      'The model was trained on rows, each a text of its own; set data.layout to "rows" for text that it is used with.',
    ],
    [
      { layout: 'rows', separator: '' },
      'data.separator stands between packed documents, and rows have nothing between them; leave it out.',
    ],
    [{ length: 100 }, 'The corpus has 16 tokens to train on; at least 100 are needed, one window.'],
    [
      { layout: 'rows', length: 5 },
      'No document fits a row of 5 tokens: 1 are longer; set data.length higher, or data.layout to "packed".',
    ],
    [
      { layout: 'rows', tokenizer: wordVocabulary(['a'], []) },
      'The tokenizer has no token to fill rows up with; take one with a space or a [PAD] token',
    ],
    [{ tokenizer: 'bites' }, 'There is no tokenizer named "bites"; did you mean "bytes"?'],
    [
      { tokenizer: byteVocabulary(), separator: '\u{10FFFF}', windowEnds: true, length: 2 },
      'has no room between its ends',
    ],
  ])('%j are refused by memory and by files alike', async (more, sentence) => {
    const [memory, files] = await both(options(more));
    expect(memory).toEqual({ refused: expect.stringContaining(sentence) as string });
    expect(files).toEqual(memory);
  });

  it.each([
    [{ threads: -1 }, 'The number of threads is a whole number from 0 on; -1 was given.'],
    [{ threads: 1.5 }, 'The number of threads is a whole number from 0 on; 1.5 was given.'],
    [{ shardBytes: 0 }, 'A shard has at least 1 byte; 0 was given.'],
    [{ shardBytes: NaN }, 'A shard has at least 1 byte; NaN was given.'],
  ])('%j of files are refused', async (more, sentence) => {
    await expect(writeShards({ ...options(), ...more, out: inFolder('out') })).rejects.toThrow(sentence);
  });

  it('say what normalisation took where it left too little', async () => {
    const source = corpusOf(['鯨 鯨 鯨 鯨 a']);
    const [memory, files] = await both(options({ source, tokenizer: 'characters' }));
    expect(memory).toEqual({
      refused:
        'The corpus has 1 tokens to train on; at least 4 are needed, one window. 44 % of the characters are none of the letters a-z and became spaces; data.normalise=none keeps them.',
    });
    expect(files).toEqual(memory);
  });
});

describe('a corpus', () => {
  it('reads its rows as text without their start', async () => {
    const tokenizer = characterTokenizer(LETTERS, 'letters', { beginning: true });
    const source = corpusOf(['whale', 'sea']);
    const { heldOut, decode, rowStart } = await prepareCorpus({
      ...{ source, tokenizer, layout: 'rows', length: 6, heldOut: 0, rowStart: true },
    });
    expect([rowStart, decode(heldOut.ids.subarray(0, 7)), decode([0, 1]), decode([])]).toEqual([
      27,
      'whale ',
      ' a',
      '',
    ]);
  });

  it('makes held-out text and words once, when they are first asked for', async () => {
    const corpus = await prepareCorpus({ source: corpusOf(['the sea '.repeat(9)]), layout: 'packed', length: 4 });
    expect(corpus.heldOut).toBe(corpus.heldOut);
    expect(corpus.words).toBe(corpus.words);
    expect([...corpus.words]).toEqual(['the', 'sea']);
    expect(corpus.bytes).toBe(corpus.facts.tokens);
  });

  it('gives batches of its own length alone where it is rows', async () => {
    const corpus = await prepareCorpus({ source: corpusOf(['sea']), layout: 'rows', length: 4, heldOut: 0 });
    const draw = (length: number) => corpus.loader({ length, batch: 1, random: randomStream(1) }).at(0);
    expect([...draw(4).ids]).toEqual([19, 5, 1, 0]);
    expect(() => draw(5)).toThrow('The rows have 4 tokens (data.length), the network 5; make them the same.');
  });
});

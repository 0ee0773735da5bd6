import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { wordVocabulary } from '../../test/vocabularies';
import type { CorpusFacts } from './facts';
import type { CorpusFiles } from './files';
import { corpusNotes, lossNote } from './notes';
import type { ReadingCounts } from './read';
import { countOf, told } from './telling';

const facts: CorpusFacts = {
  ...{ documents: 3, characters: 1000, lostCharacters: 0, unknownTokens: 0, hash: 'ab', heldOutIsTraining: false },
  ...{
    tokens: 1000,
    trainTokens: 900,
    heldOutTokens: 100,
    separator: ' ',
    leftOut: { empty: 0, emptied: 0, tooLong: 0 },
  },
};
const counts: ReadingCounts = {
  ...{ documents: 3, characters: 1000, empty: 0, promptless: 0, lineEnds: 0, bytes: 0, totalBytes: 0 },
};
const letters = characterTokenizer(LETTERS, 'letters');
const noted = (
  more: Partial<CorpusFacts> = {},
  {
    met = {},
    files,
    tokenizer = letters,
    emptiedPrompts = 0,
  }: {
    met?: Partial<ReadingCounts>;
    files?: Partial<CorpusFiles>;
    tokenizer?: typeof letters;
    emptiedPrompts?: number;
  } = {},
) =>
  corpusNotes({ ...facts, ...more }, tokenizer, {
    ...{ counts: { ...counts, ...met }, length: 8, emptiedPrompts },
    files: files && { files: [], passedOver: [], otherSplits: [], ...files },
  });

it('nothing is said of a text of which there is nothing to say', () => {
  expect(noted()).toEqual([]);
  expect(noted({}, { files: {} })).toEqual([]);
});

it.each<[Partial<CorpusFacts>, Parameters<typeof noted>[1], string]>([
  [{ leftOut: { empty: 1, emptied: 0, tooLong: 0 } }, {}, '1 text is null, missing or blank, and left out.'],
  [{ leftOut: { empty: 7, emptied: 0, tooLong: 0 } }, {}, '7 texts are null, missing or blank, and left out.'],
  [
    { leftOut: { empty: 0, emptied: 1, tooLong: 0 } },
    {},
    '1 document has no token of its own once normalised, and is left out.',
  ],
  [
    { leftOut: { empty: 0, emptied: 2, tooLong: 0 } },
    {},
    '2 documents have no token of their own once normalised, and are left out.',
  ],
  [
    { leftOut: { empty: 0, emptied: 0, tooLong: 1 } },
    {},
    '1 document is longer than a row of 8 tokens (data.length) and left out.',
  ],
  [
    { leftOut: { empty: 0, emptied: 0, tooLong: 12 } },
    {},
    '12 documents are longer than a row of 8 tokens (data.length) and left out.',
  ],
  [{}, { met: { promptless: 1 } }, '1 prompt is null, missing or blank; its text stands alone.'],
  [{}, { met: { promptless: 3 } }, '3 prompts are null, missing or blank; their texts stand alone.'],
  [{}, { emptiedPrompts: 1 }, '1 prompt has no token once normalised; its text stands alone.'],
  [{}, { emptiedPrompts: 4 }, '4 prompts have no token once normalised; their texts stand alone.'],
  [{}, { met: { lineEnds: 1 } }, '1 Windows line end (\\r\\n) became \\n.'],
  [{}, { met: { lineEnds: 9 } }, '9 Windows line ends (\\r\\n) became \\n.'],
  [{ separator: '' }, {}, 'Nothing stands between documents, so they run together; see data.separator.'],
  [{ heldOutIsTraining: true }, {}, 'Nothing is held out, so samples are compared with the training text.'],
  [{}, { files: { passedOver: ['README.md'] } }, 'Passed over as no data: README.md.'],
  [
    {},
    { files: { files: [{ path: 'a.log', size: 1, format: 'text', isGuess: true }] } },
    'Read as plain text: a.log; data.format says otherwise.',
  ],
  [
    {},
    { files: { files: [{ path: 'train.txt', size: 1, format: 'text', isGuess: false }], otherSplits: ['test.txt'] } },
    'The folder holds splits; 1 file of "train" is read, not test.txt.',
  ],
])('%j, %j is said: %s', (more, how, sentence) => {
  expect(noted(more, how)).toEqual([sentence]);
});

it('a single document runs together with none, and rows have nothing between them', () => {
  expect(noted({ separator: '', documents: 1 })).toEqual([]);
  expect(noted({ separator: undefined })).toEqual([]);
});

it('a file without an extension is text as a matter of course', () => {
  expect(noted({}, { files: { files: [{ path: 'x.d/chapter', size: 1, format: 'text', isGuess: true }] } })).toEqual(
    [],
  );
});

describe('what is lost', () => {
  it.each([
    [1, 'less than 0.1 %'],
    [10, '0.1 %'],
    [999, '10.0 %'],
    [1000, '10 %'],
    [9999, '100 %'],
  ])('%d of 10,000 characters are %s', (lostCharacters, share) => {
    expect(lossNote({ lostCharacters, characters: 10_000 }, letters)).toBe(
      `${share} of the characters are none of the letters a-z and became spaces; data.normalise=none keeps them.`,
    );
  });

  it('is named otherwise where it is halves of pairs, and not at all where it is nothing', () => {
    expect(lossNote({ lostCharacters: 1, characters: 10 }, byteTokenizer())).toBe(
      '10 % of the characters are halves of surrogate pairs, which no text has, and became U+FFFD.',
    );
    expect(lossNote({ lostCharacters: 0, characters: 0 }, letters)).toBeUndefined();
  });

  it('of a vocabulary are its unknown words, by their name', () => {
    const tokenizer = wordVocabulary(['the', 'sea']);
    expect(noted({ unknownTokens: 250 }, { tokenizer })).toEqual([
      '25 % of the tokens are <unk>: the vocabulary lacks what stood there, and the model cannot learn it.',
    ]);
    expect(noted({ unknownTokens: 250 })).toEqual([]);
  });
});

describe('what is told', () => {
  const source = { hasPrompts: false, read: () => ({}) as never };
  const counted = {
    ...{ trainTokens: 9, heldOutTokens: 1, heldOutIsTraining: false, unknownTokens: 0, hash: 'cd' },
    left: { emptied: 2, tooLong: 3, emptiedPrompts: 0 },
  };

  it('adds up, with the files that were read and what parted documents, where there were some', () => {
    const reading = { counts: { ...counts, empty: 1 }, lost: () => 5 };
    const { facts: found, notes } = told({ source, length: 8 }, letters, reading, counted);
    expect(found).toEqual({
      ...{ documents: 3, characters: 1000, lostCharacters: 5, unknownTokens: 0, hash: 'cd', heldOutIsTraining: false },
      ...{ tokens: 10, trainTokens: 9, heldOutTokens: 1, leftOut: { empty: 1, emptied: 2, tooLong: 3 } },
    });
    expect(notes).toHaveLength(4);
    const files = {
      files: [{ path: 'a.txt', size: 1, format: 'text', isGuess: false }],
      passedOver: [],
      otherSplits: [],
    } as CorpusFiles;
    const more = told({ source: { ...source, files }, length: 8 }, letters, reading, { ...counted, separator: '\n' });
    expect(more.facts).toMatchObject({ files: ['a.txt'], separator: '\n' });
  });

  it('counts a token among others, and none where there is none to count', () => {
    expect(countOf(3, Uint8Array.of(3, 1, 3))).toBe(2);
    expect([countOf(undefined, [0, 0]), countOf(0, []), countOf(0, [0])]).toEqual([0, 0, 1]);
  });
});

import fc from 'fast-check';
import { byteTokenizer } from './tokenizers/bytes';
import { LETTERS, characterTokenizer } from './tokenizers/character';
import { wordVocabulary } from '../test/vocabularies';
import { wordsOf, wordsOfTokens } from './words';

const letters = characterTokenizer(LETTERS, 'letters');

describe('wordsOf', () => {
  it.each([
    ['to be  or\nnot to be', ['to', 'be', 'or', 'not']],
    ['  \n', []],
    ['', []],
    ["it's\u00A0a whale.", ["it's", 'a', 'whale.']],
  ])('%j are %j', (text, words) => {
    expect([...wordsOf(text)]).toEqual(words);
  });
});

describe('wordsOfTokens', () => {
  it('are those of the text, whatever the vocabulary and wherever it is parted', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        // Longer than what is decoded at once, so that it is parted somewhere.
        const text = Array.from({ length: Math.ceil(200_000 / words.join(' ').length) }, () => words.join(' ')).join(
          ' ',
        );
        for (const tokenizer of [letters, byteTokenizer()])
          expect(wordsOfTokens(tokenizer.encode(text), tokenizer)).toEqual(wordsOf(text));
      }),
      { numRuns: 10 },
    );
  });

  it('of a text without spaces are cut where it is parted, and none is lost', () => {
    const text = 'ab'.repeat(50_000);
    const words = wordsOfTokens(letters.encode(text), letters);
    expect([...words].reduce((sum, { length }) => sum + length, 0)).toBe(text.length);
  });

  it('end with their rows, which are filled up', () => {
    const rows = Uint8Array.from([...letters.encode('sea'), 0, 0, ...letters.encode('whale')]);
    expect([...wordsOfTokens(rows, letters, 5)]).toEqual(['sea', 'whale']);
    expect([...wordsOfTokens(new Uint8Array(0), letters, 5)]).toEqual([]);
  });

  it('of a vocabulary whose words are joined when they are decoded are as its text is', () => {
    const tokenizer = wordVocabulary(['the', 'sea']);
    expect([...wordsOfTokens(tokenizer.encode('the sea'), tokenizer)]).toEqual(['thesea']);
  });
});

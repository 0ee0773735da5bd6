import fc from 'fast-check';
import { preTokenizer, wordPattern } from './pre-tokenizer';

type Json = Parameters<typeof preTokenizer>[0];

/** The words of a text. */
function wordsOf(json: Json, text: string, isFirst = true): string[] {
  const words: string[] = [];
  preTokenizer(json)(text, isFirst, (word) => words.push(word));
  return words;
}

describe('kinds of cutting', () => {
  it.each<[Json, string, string[]]>([
    [{ type: 'Whitespace' }, "it's the_sea, 7½!", ['it', "'", 's', 'the_sea', ',', '7', '½!']],
    [{ type: 'Whitespace' }, ' \n', []],
    [{ type: 'WhitespaceSplit' }, " it's\u3000the  sea\n", ["it's", 'the', 'sea']],
    [{ type: 'Punctuation' }, 'a,b--c', ['a', ',', 'b', '-', '-', 'c']],
    [{ type: 'Punctuation', behavior: 'Removed' }, 'a,b--c!', ['a', 'b', 'c']],
    [{ type: 'Punctuation', behavior: 'Contiguous' }, 'a--b', ['a', '--', 'b']],
    [{ type: 'Punctuation', behavior: 'MergedWithPrevious' }, 'a,-b', ['a,', '-', 'b']],
    [{ type: 'Punctuation', behavior: 'MergedWithNext' }, 'a,-b', ['a', ',', '-b']],
    [{ type: 'Punctuation' }, 'a$+b', ['a', '$', '+', 'b']],
    [{ type: 'Digits', individual_digits: true }, 'a12b', ['a', '1', '2', 'b']],
    [{ type: 'Digits', individual_digits: false }, 'a12b', ['a', '12', 'b']],
    [{ type: 'Digits' }, '½१1', ['½१1']],
    [{ type: 'CharDelimiterSplit', delimiter: '.' }, 'a..b.', ['a', 'b']],
    [{ type: 'Split', pattern: { String: ' ' }, behavior: 'Isolated', invert: false }, 'a  b', ['a', ' ', ' ', 'b']],
    [{ type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Removed', invert: false }, ' a  b', ['a', 'b']],
    [{ type: 'Split', pattern: { Regex: '[a-z]+' }, behavior: 'Removed', invert: true }, 'ab7cd', ['ab', 'cd']],
    [{ type: 'Split', pattern: { Regex: '[ab]+' }, behavior: 'MergedWithNext', invert: false }, 'xaby', ['x', 'aby']],
    [
      { type: 'Split', pattern: { Regex: '[ab]+' }, behavior: 'MergedWithPrevious', invert: false },
      'xaby',
      ['xab', 'y'],
    ],
    [{ type: 'Split', pattern: { Regex: 'a*' }, behavior: 'Isolated', invert: false }, 'baab', ['b', 'aa', 'b']],
    [{ type: 'BertPreTokenizer' }, "it's 7,8", ['it', "'", 's', '7', ',', '8']],
  ])('%j cuts %j to %j', (json, text, words) => {
    expect(wordsOf(json, text)).toEqual(words);
  });

  it('lose nothing of a text but what they are to remove', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', ',', '7', '😀', 'é', '\n'), maxLength: 30 });
    const behavior = fc.constantFrom('Isolated', 'Contiguous', 'MergedWithPrevious', 'MergedWithNext');
    const pattern = fc.constantFrom({ Regex: '[ab]' }, { Regex: '\\s+' }, { String: ',' }, { Regex: '(?:)' });
    fc.assert(
      fc.property(text, behavior, pattern, fc.boolean(), (value, how, cut, invert) => {
        const words = wordsOf({ type: 'Split', pattern: cut, behavior: how, invert }, value);
        expect(words.join('')).toBe(value);
        expect(words).not.toContain('');
      }),
    );
  });

  it.each([{ type: 'Nothing' }, { type: 'UnicodeScripts' }])('%j is not known', (json) => {
    expect(() => preTokenizer(json)('a b', true, () => {})).toThrow(json.type);
  });
});

describe('Metaspace', () => {
  it.each<[Partial<Json>, boolean, string, string[]]>([
    [{}, true, 'the sea', ['▁the', '▁sea']],
    [{}, true, ' the  sea', ['▁the', '▁', '▁sea']],
    [{}, false, 'the sea', ['▁the', '▁sea']],
    [{ prepend_scheme: 'first' }, true, 'the sea', ['▁the', '▁sea']],
    [{ prepend_scheme: 'first' }, false, 'the sea', ['the', '▁sea']],
    [{ prepend_scheme: 'never' }, true, 'the sea', ['the', '▁sea']],
    [{ split: false }, true, 'the sea', ['▁the▁sea']],
    [{ replacement: '_' }, true, 'the sea', ['_the', '_sea']],
    [{ prepend_scheme: 'never' }, true, '▁a', ['▁a']],
    [{}, true, '', ['▁']],
    [{ prepend_scheme: 'never' }, true, '', []],
  ])('%j, first %j, makes of %j %j', (how, isFirst, text, words) => {
    expect(wordsOf({ type: 'Metaspace', ...how }, text, isFirst)).toEqual(words);
  });
});

describe('ByteLevel', () => {
  const level = (more: object = {}) => ({ type: 'ByteLevel', add_prefix_space: false, ...more });

  it.each<[object, string, string[]]>([
    [{}, "it's  the\nsea", ['it', "'s", 'Ġ', 'Ġthe', 'Ċ', 'sea']],
    [{ add_prefix_space: true }, 'a b', ['Ġa', 'Ġb']],
    [{ add_prefix_space: true }, ' a', ['Ġa']],
    [{ use_regex: false }, 'a b', ['aĠb']],
    [{}, 'é 7', ['Ã©', 'Ġ7']],
    [{}, '', []],
  ])('%j spells the words of %j as %j', (how, text, words) => {
    expect(wordsOf(level(how), text)).toEqual(words);
  });

  it('is a word for each byte, and each back again', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(text, (value) => {
        const spelt = wordsOf(level(), value).join('');
        expect(Array.from(spelt)).toHaveLength(Buffer.byteLength(value));
      }),
    );
  });
});

describe('Sequence', () => {
  it('cuts the words of each by the next, of which one alone is the first', () => {
    const json = {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'Metaspace', prepend_scheme: 'first' },
      ],
    };
    expect(wordsOf(json, 'the 12')).toEqual(['▁the', '▁', '1', '2']);
    const single = { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }] };
    expect(wordsOf(single, 'a b')).toEqual(['a', 'b']);
  });
});

describe('wordPattern', () => {
  it('matches a text as it is, and an expression as Python has it', () => {
    expect('a.b'.split(wordPattern({ String: '.' }))).toEqual(['a', 'b']);
    expect('aXb'.match(wordPattern({ Regex: '(?i:x)' }))?.[0]).toBe('X');
  });
});

it.each(['constructor', '__proto__', 'toString'])('knows no kind %s that all objects inherit', (type) => {
  expect(() => preTokenizer({ type })).toThrow(type);
});

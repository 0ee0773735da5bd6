import { alphabetFinder } from './alphabet';
import { LETTERS, alphabetOf, characterTokenizer } from './character';
import { savedAlphabet } from './saved-alphabet';

describe('characterTokenizer', () => {
  it.each([
    [[], 'An alphabet has at least one character and none twice; 0 with 0 distinct were given.'],
    [['a', 'b', 'a'], 'An alphabet has at least one character and none twice; 3 with 2 distinct were given.'],
    [['a', 'bc'], 'An alphabet has single characters (code points); "bc" was given.'],
    [['a', ''], 'An alphabet has single characters (code points); "" was given.'],
    [['a', 'e\u0301'], 'An alphabet has single characters (code points); "e\u0301" was given.'],
    [['a', '\uD83D'], 'An alphabet has single characters (code points); "\\ud83d" was given.'],
  ])('refuses the alphabet %j', (alphabet, sentence) => {
    expect(() => characterTokenizer(alphabet)).toThrow(sentence);
    expect(() => characterTokenizer(alphabet)).toThrow(expect.objectContaining({ name: 'InputError' }));
  });

  it.each([
    ['x', '"x" (U+0078), which stands in line 1'],
    ['a\na\nab7', '"7" (U+0037), which stands in line 3'],
    ['\n\n鯨', '"鯨" (U+9BE8), which stands in line 3'],
    ['a😀', '"😀" (U+1F600), which stands in line 1'],
    ['a\uD83D', '"\uFFFD" (U+FFFD), which stands in line 1'],
    ['\t', '"\\t" (U+0009), which stands in line 1'],
  ])('names what it lacks of %j', (text, sentence) => {
    const tokenizer = characterTokenizer(['a', 'b', '\n', '\u{1F601}']);
    expect(() => tokenizer.encode(text)).toThrow(
      `The tokenizer has no character ${sentence}; train with text that has it, or set data.normalise to "letters".`,
    );
  });

  it('numbers characters in their order, then the beginning, then the mask', () => {
    const plain = characterTokenizer(['b', '😀', 'a']);
    expect([...plain.encode('a😀b😀')]).toEqual([2, 1, 0, 1]);
    expect([plain.vocabSize, plain.maskId, plain.beginId, plain.padId]).toEqual([4, 3, undefined, undefined]);
    const begun = characterTokenizer([...LETTERS], 'letters', { beginning: true });
    expect([begun.vocabSize, begun.maskId, begun.beginId, begun.padId]).toEqual([29, 28, 27, 0]);
    expect(begun.decode([27, 1, 28, 2, 29, -1])).toBe('a▁b\uFFFD\uFFFD');
  });

  it('decodes more ids than an array has room for when it is joined', () => {
    const { decode } = characterTokenizer(['a', 'b']);
    const ids = Uint8Array.from({ length: 300_000 }, (_, i) => i % 2);
    expect(decode(ids)).toBe('ab'.repeat(150_000));
  });
});

describe('alphabets', () => {
  it('are sorted by UTF-16, each character once, as they are normalised', () => {
    expect(alphabetOf(['ba', 'Ab😀\u{1F400}'], 'none')).toEqual(['A', 'a', 'b', '\u{1F400}', '😀']);
    expect(alphabetOf(['BA', 'a'], 'lowercase')).toEqual(['a', 'b']);
    expect(alphabetOf(['a-b'], 'letters')).toEqual([' ', 'a', 'b']);
    expect(alphabetOf([], 'none')).toEqual([]);
    expect(alphabetOf(['\uD83D', '\uDE00'], 'none')).toEqual(['\uFFFD']);
  });

  it('that are found in parts of texts are the same', () => {
    const finder = alphabetFinder();
    ['ba\uFFFF', '', 'A😀', '\u{1F400}'].forEach((part) => finder.add(part));
    expect(finder.found()).toEqual(['A', 'a', 'b', '\u{1F400}', '😀', '\uFFFF']);
    expect(alphabetFinder().found()).toEqual([]);
  });

  it('are read again from the files, and told from those of others', () => {
    const { json } = characterTokenizer(['b', 'a', '😀'], 'none', { beginning: true });
    expect(savedAlphabet(json)).toEqual({ alphabet: ['b', 'a', '😀'], beginning: true });
    expect(savedAlphabet(characterTokenizer(['x']).json)).toEqual({ alphabet: ['x'], beginning: false });
    expect(() => savedAlphabet({})).toThrow('tokenizer.json holds no vocabulary; the file is damaged.');
    const other = { model: { vocab: { a: 0, sea: 1 } } };
    expect(() => savedAlphabet(other)).toThrow(
      'tokenizer.json has "sea" as 1; a tokenizer of characters has single ones',
    );
    const holes = { model: { vocab: { a: 0, b: 2 } } };
    expect(() => savedAlphabet(holes)).toThrow('tokenizer.json has "b" as 2;');
  });
});

import fc from 'fast-check';
import { byteVocabulary, wordVocabulary } from '../../test/vocabularies';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { encodePrompt, encodePrompted } from './prompts';

const bytes = byteTokenizer();
const joined = (prompt: string, text: string, set: string | null = null) =>
  bytes.decode(encodePrompted({ prompt, text }, bytes, set).ids);

describe('what stands behind a prompt', () => {
  it.each([
    ['who is', 'who is x'],
    ['7', '7 x'],
    ['what?', 'what? x'],
    ['so:', 'so: x'],
    ['so…', 'so… x'],
    ['(a)', '(a) x'],
    ['“a”', '“a” x'],
    ['«a»', '«a» x'],
    ['e\u0301', 'e\u0301 x'],
    ['55+66=', '55+66=x'],
    ['a-', 'a-x'],
    ['a(', 'a(x'],
    ['a“', 'a“x'],
    ['a/', 'a/x'],
    ['a ', 'a x'],
    ['a\n', 'a\nx'],
    ['a\t', 'a\tx'],
    ['鯨は', '鯨はx'],
    ['何か。', '何か。x'],
    ['ไทย', 'ไทยx'],
    ['한국', '한국 x'],
    ['😀', '😀x'],
    ['', 'x'],
  ])('%j is what suits it: %j', (prompt, text) => {
    expect(joined(prompt, 'x')).toBe(text);
  });

  it.each([
    ['a', 'b', ' -> ', 'a -> b'],
    ['a', ' b', ' -> ', 'a ->  b'],
    ['a ', 'b', '', 'a b'],
    ['a', 'b', '', 'ab'],
    ['', 'b', ' -> ', 'b'],
    ['a', '\nb', null, 'a\nb'],
    ['a', '\u00A0b', null, 'a\u00A0b'],
  ])('%j and %j with %j set are %j', (prompt, text, set, whole) => {
    expect(joined(prompt, text, set)).toBe(whole);
  });
});

describe('a prompt with its text', () => {
  const some = fc.string({
    unit: fc.constantFrom('a', 'the', ' ', '7', '=', '.', 'é', '鯨', '😀', '\n'),
    maxLength: 12,
  });
  const separators = fc.constantFrom(null, '', ' ', ' -> ');

  it.each([
    ['bytes', bytes],
    ['letters', characterTokenizer(LETTERS, 'letters')],
    ['letters as bytes', byteTokenizer('letters')],
    [
      'byte pairs',
      byteVocabulary(
        ['<|endoftext|>'],
        [
          ['t', 'h'],
          ['th', 'e'],
          ['Ġ', 'the'],
          ['a', 'the'],
        ],
      ),
    ],
    ['words', wordVocabulary(['the', 'a', '7'])],
  ])(
    'begins with the ids that the prompt alone has, so that a model is asked as it was trained: %s',
    (_, tokenizer) => {
      fc.assert(
        fc.property(some, some, separators, (prompt, text, set) => {
          // A text that begins with white space of its own takes the place of what would suit.
          fc.pre(set !== null || !/^\s/.test(text));
          const { ids, prompt: given } = encodePrompted({ prompt, text }, tokenizer, set);
          const alone = encodePrompt(prompt, tokenizer, set);
          expect([...ids.subarray(0, given)]).toEqual([...alone]);
          expect(given).toBeLessThanOrEqual(ids.length);
        }),
        { numRuns: 200 },
      );
    },
  );

  it('is all of it, for a vocabulary that loses nothing', () => {
    fc.assert(
      fc.property(some, some, separators, (prompt, text, set) => {
        const { ids, prompt: given } = encodePrompted({ prompt, text }, bytes, set);
        const read = bytes.decode(ids);
        expect([read.startsWith(prompt), read.endsWith(text)]).toEqual([true, true]);
        expect(bytes.decode(ids.subarray(given)).endsWith(text)).toBe(true);
      }),
    );
  });

  it('leaves a space between both to a text whose words begin with theirs', () => {
    const tokenizer = byteVocabulary(
      ['<|endoftext|>'],
      [
        ['t', 'h'],
        ['th', 'e'],
        ['Ġ', 'the'],
      ],
    );
    const { ids, prompt } = encodePrompted({ prompt: 'the', text: 'the' }, tokenizer);
    expect([[...ids], prompt]).toEqual([[257, 258], 1]);
    expect([...encodePrompt('the', tokenizer)]).toEqual([257]);
  });

  it('keeps prompt and text apart where the vocabulary would join them', () => {
    const tokenizer = byteVocabulary(['<|endoftext|>'], [['=', '2']]);
    const { ids, prompt } = encodePrompted({ prompt: '1+1=', text: '2' }, tokenizer);
    expect([[...ids], prompt]).toEqual([[49, 43, 49, 61, 50], 4]);
  });
});

import { Tokenizer as Library } from '@huggingface/tokenizers';
import { InputError } from '../errors';
import { textEncoder } from './text-encoder';

const refuse = (token: string): never => {
  throw new Error(token);
};

/** An encoder of letters that are cut by a regular expression. */
function encoderOf(regex: string, seconds: number) {
  const json = {
    ...{ version: '1.0', truncation: null, padding: null, normalizer: null, post_processor: null, decoder: null },
    added_tokens: [],
    pre_tokenizer: { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false },
    model: { type: 'BPE', vocab: { a: 0, b: 1, c: 2 }, merges: [] },
  };
  return textEncoder(json as never, new Library(json as never, {}), seconds);
}

it("gives a text's ids however its pattern repeats, and stops one that takes too long", () => {
  expect(Array.from(encoderOf('(a+)+b', 60)('aabc', refuse))).toEqual([0, 0, 1, 2]);
  const repeats = encoderOf('(a+)+b', 0.02);
  // A second or so: each further letter would double it.
  expect(() => repeats(`${'a'.repeat(26)}c`, refuse)).toThrow(
    new InputError(
      'A regular expression of tokenizer.json takes too long on a text that begins with "aaaaaaaaaaaaaaaaaaaa"; take another tokenizer, or break long words of the text with spaces.',
    ),
  );
});

it('stops long texts, too, whose pattern repeats no group', () => {
  const backtracks = encoderOf('a*a*a*b', 0.005);
  expect(() => backtracks('a'.repeat(800), refuse)).toThrow(InputError);
});

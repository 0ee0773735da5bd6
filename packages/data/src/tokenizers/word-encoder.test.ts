import fc from 'fast-check';
import { tokenizerConformance } from '../conformance/tokenizer-checks';
import { byteVocabulary } from '../../test/vocabularies';
import { huggingFaceTokenizer } from './hugging-face';
import { tokenizers } from './registry';

const base = { version: '1.0', normalizer: null, post_processor: null, decoder: { type: 'Fuse' }, added_tokens: [] };
const whitespace = { type: 'WhitespaceSplit' };
/** The ids of a list of words, by their places. */
const numbered = (words: readonly string[]) => Object.fromEntries(words.map((word, id) => [word, id]));

describe('models of words', () => {
  it('WordPiece spells a word from its beginning, the longest pieces first, or not at all', () => {
    const vocab = numbered(['[UNK]', 'the', 'th', '##e', '##re', '##r', 'whale']);
    const model = {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 6,
      vocab,
    };
    const { encode, unknownId } = huggingFaceTokenizer({ ...base, pre_tokenizer: whitespace, model });
    expect([...encode('the there thre whales whale')]).toEqual([1, 1, 4, 2, 4, 0, 6]);
    expect([...encode('thethethe')]).toEqual([0]);
    expect(unknownId).toBe(0);
  });

  it('BPE joins by the order of its merges, with an unknown entry for what it lacks, one for each run or each', () => {
    const vocab = numbered(['<unk>', 'a', 'b', 'ab', 'bab']);
    const merges = ['a b', 'b ab'];
    const spelt = (fuse_unk: boolean) =>
      huggingFaceTokenizer({
        ...base,
        pre_tokenizer: whitespace,
        model: { type: 'BPE', unk_token: '<unk>', vocab, merges, fuse_unk },
      });
    expect([...spelt(false).encode('bab abxya')]).toEqual([4, 3, 0, 0, 1]);
    expect([...spelt(true).encode('bab abxya')]).toEqual([4, 3, 0, 1]);
  });

  it('BPE says bytes for what it lacks where it has them', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    const vocab = numbered([...bytes, '<unk>', 'a']);
    const model = { type: 'BPE', unk_token: '<unk>', byte_fallback: true, vocab, merges: [] };
    const decoder = { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] };
    const { encode, decode } = huggingFaceTokenizer({ ...base, decoder, pre_tokenizer: null, model });
    expect([...encode('aé鯨')]).toEqual([257, 0xc3, 0xa9, 0xe9, 0xaf, 0xa8]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), (text) => expect(decode(encode(text))).toBe(text)),
      { numRuns: 60 },
    );
  });

  it('Unigram takes the likeliest spelling of a word', () => {
    const vocab = [
      ['<unk>', 0],
      ['a', -1],
      ['b', -1],
      ['ab', -1.5],
      ['ba', -3],
    ];
    const model = { type: 'Unigram', unk_id: 0, vocab };
    const { encode } = huggingFaceTokenizer({ ...base, pre_tokenizer: whitespace, model });
    expect([...encode('aba bab xa')]).toEqual([3, 1, 2, 3, 0, 1]);
  });

  it.each([
    ['the sea\nthe ship', '"ship", which stands in line 2'],
    ['ship', '"ship", which stands in line 1'],
    ['the\n\n\nsea whale', '"whale", which stands in line 4'],
  ])('without an unknown entry refuse %j by the word and its line', (text, sentence) => {
    const model = { type: 'WordLevel', unk_token: null, vocab: numbered(['the', 'sea']) };
    const { encode } = huggingFaceTokenizer({ ...base, pre_tokenizer: whitespace, model });
    expect(() => encode(text)).toThrow(
      `The tokenizer has no token for ${sentence}; take a tokenizer that has it, or change the text.`,
    );
    expect([...encode('the sea')]).toEqual([0, 1]);
  });

  it('name the character that a vocabulary of pieces lacks', () => {
    const model = { type: 'BPE', unk_token: null, vocab: numbered(['a', 'b']), merges: [] };
    const { encode } = huggingFaceTokenizer({ ...base, pre_tokenizer: whitespace, model });
    expect(() => encode('ab\naxb')).toThrow('The tokenizer has no token for "x", which stands in line 2');
  });

  it('remember words without giving another the ids of one', () => {
    const letters = 'abcdefgh'.split('');
    const model = { type: 'BPE', unk_token: null, vocab: numbered([...letters, 'ab', 'abc']), merges: ['a b', 'ab c'] };
    const { encode, decode } = huggingFaceTokenizer({ ...base, pre_tokenizer: null, model });
    const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        for (const one of [...words, ...words]) expect(decode(encode(one))).toBe(one);
      }),
    );
  });
});

const text = async function* () {
  yield 'call me ishmael, some years ago; the sea and the whale '.repeat(4);
};
describe.each([
  [
    'bytes of the hub',
    () =>
      byteVocabulary(
        ['<|endoftext|>', '[PAD]', '<mask>'],
        [
          ['a', 'l'],
          ['c', 'al'],
        ],
      ),
  ],
  ['byte pairs', () => tokenizers.create({ name: 'bpe', options: { vocabSize: 290 } }, { texts: text })],
  [
    'byte pairs of lower case with a beginning',
    () =>
      tokenizers.create(
        { name: 'bpe', options: { vocabSize: 280 } },
        { texts: text, normalise: 'lowercase', beginning: true },
      ),
  ],
] as const)('%s keep the promises of a tokenizer', (_, make) => {
  const texts = ['call me ishmael', 'Sea: é 😀\n\n', ''];
  it.each(tokenizerConformance(make, { texts }).map(({ name, run }) => [name, run] as const))('%s', (__, run) => run());
});

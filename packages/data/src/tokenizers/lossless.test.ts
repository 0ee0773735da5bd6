import fc from 'fast-check';
import { byteVocabulary } from '../../test/vocabularies';
import { normalise } from '../normalise';
import { byteTokenizer } from './bytes';
import { alphabetOf, characterTokenizer } from './character';
import { tokenizers } from './registry';
import { MASK_TEXT, type Tokenizer } from './tokenizer';

/** Characters at which encoders stumble: halves of pairs that stand for masks inside, marks, joiners, white space of all kinds. */
const ODD = [
  ...[
    '\u{10000}',
    '\u{10001}',
    '\u{10002}',
    '\u{1F400}',
    '\u{10FFFF}',
    '😀',
    '👩‍👩‍👧',
    '🇳🇴',
    'e\u0301',
    '\u0301',
    '\u200B',
    '\u200D',
  ],
  ...[
    '\uFEFF',
    '\uFFFD',
    '\uFFFF',
    '\u0000',
    '\u0007',
    '\u007F',
    '\u0080',
    '\u00A0',
    '\u00AD',
    '\u0130',
    '\u017F',
    '\u2028',
    '\u3000',
  ],
  ...[
    '▁',
    'Ġ',
    'Ċ',
    'Ä',
    '##',
    '</w>',
    '[MASK]',
    '[BOS]',
    '[PAD]',
    '[UNK]',
    '<mask>',
    '<s>',
    '&amp;',
    '\\n',
    '$&',
    '\\',
  ],
  ...[
    ' ',
    '  ',
    '\n',
    '\r',
    '\r\n',
    '\t',
    '\v',
    '\f',
    "'s",
    "'S",
    "'",
    '’',
    '…',
    '1',
    '१',
    '½',
    '鯨',
    'ﬁ',
    'ǅ',
    'ß',
    'Σ',
    'ا',
    'ไ',
  ],
];
const odd = fc.string({ unit: fc.constantFrom(...ODD, 'a', 'the', ' sea'), maxLength: 24 });
/** A run of one character or several, which is a word, or none, of any length. */
const run = fc
  .tuple(fc.constantFrom(...ODD, 'a', 'ab', 'é', ' a', '1.'), fc.integer({ min: 1, max: 1500 }))
  .map(([unit, count]) => unit.repeat(count));
const any = fc.oneof(odd, fc.string({ unit: 'grapheme', maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }));

const text = async function* () {
  yield 'the sea and the whale, the ship and the sea; then a théâtre over there. '.repeat(3);
};
const makers: readonly (readonly [string, () => Tokenizer | Promise<Tokenizer>])[] = [
  ['bytes', () => byteTokenizer()],
  ['bytes with a beginning', () => byteTokenizer('none', { beginning: true })],
  ['bytes in lower case', () => byteTokenizer('lowercase')],
  [
    'byte pairs that are learned',
    () => tokenizers.create({ name: 'bpe', options: { vocabSize: 280 } }, { texts: text }),
  ],
  [
    'byte pairs with a beginning',
    () => tokenizers.create({ name: 'bpe', options: { vocabSize: 270 } }, { texts: text, beginning: true }),
  ],
  [
    'byte pairs of lower case',
    () => tokenizers.create({ name: 'bpe', options: { vocabSize: 270 } }, { texts: text, normalise: 'lowercase' }),
  ],
  ['a hub vocabulary of bytes', () => byteVocabulary(['<|endoftext|>', '[MASK]'])],
  ['gpt2', () => tokenizers.create('gpt2')],
];

describe.each(makers)('%s', (_, make) => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await make();
  });

  it.each([
    ['any characters', any, 80],
    ['long runs', run, 12],
  ])('gives texts back as they are once they are normalised: %s', (__, texts, numRuns) => {
    fc.assert(
      fc.property(texts, (value) => {
        const ids = tokenizer.encode(value);
        expect(tokenizer.decode(ids)).toBe(normalise(value, tokenizer.normalise));
        expect(ids.includes(tokenizer.maskId)).toBe(false);
        expect(ids.every((id) => id >= 0 && id < tokenizer.vocabSize)).toBe(true);
      }),
      { numRuns },
    );
  });

  it('gives the same ids whatever it was asked before, and none for nothing', () => {
    fc.assert(
      fc.property(odd, odd, (one, other) => {
        const first = tokenizer.encode(one);
        tokenizer.encode(other);
        expect(tokenizer.encode(one)).toEqual(first);
      }),
      { numRuns: 40 },
    );
    expect([tokenizer.encode('').length, tokenizer.decode([])]).toEqual([0, '']);
  });

  it('reads any ids, shows masks, and what it has not as U+FFFD', () => {
    const { vocabSize, maskId } = tokenizer;
    fc.assert(
      fc.property(fc.array(fc.nat(vocabSize - 1), { maxLength: 20 }), (ids) => {
        const read = tokenizer.decode(ids);
        expect(read).toBe(tokenizer.decode(Int32Array.from(ids)));
        const masks = ids.filter((id) => id === maskId).length;
        expect(read.split(MASK_TEXT).length - 1).toBeGreaterThanOrEqual(masks);
      }),
      { numRuns: 60 },
    );
    for (const id of [-1, vocabSize, 2 ** 30]) expect(tokenizer.decode([id])).toBe('\uFFFD');
    expect(tokenizer.decode([maskId])).toBe(MASK_TEXT);
  });
});

describe('characters', () => {
  it('of an alphabet that was found in a text give it back', () => {
    fc.assert(
      fc.property(
        any,
        fc.constantFrom('none' as const, 'lowercase' as const),
        fc.boolean(),
        (value, kind, beginning) => {
          const alphabet = alphabetOf([value], kind);
          fc.pre(alphabet.length > 0);
          const tokenizer = characterTokenizer(alphabet, kind, { beginning });
          const ids = tokenizer.encode(value);
          expect(tokenizer.decode(ids)).toBe(normalise(value, kind));
          expect(ids.length).toBe(Array.from(normalise(value, kind)).length);
        },
      ),
    );
  });

  it('are found by the registry as alphabetOf finds them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 4 }), async (values) => {
        const alphabet = alphabetOf(values, 'none');
        fc.pre(alphabet.length > 0);
        const texts = async function* () {
          yield* values.map((value) => normalise(value, 'none'));
        };
        const made = await tokenizers.create('characters', { normalise: 'none', texts });
        expect(made.json).toEqual(characterTokenizer(alphabet).json);
      }),
      { numRuns: 40 },
    );
  });
});

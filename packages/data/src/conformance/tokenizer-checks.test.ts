import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { huggingFaceTokenizer } from '../tokenizers/hugging-face';
import { makeTokenizer } from '../tokenizers/make-tokenizer';
import { tokenizers } from '../tokenizers/registry';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { tokenizerConformance } from './tokenizer-checks';

const texts = ['call me ishmael', 'a ship', ''];

/** A vocabulary of words with the Hugging Face format's unknown one. */
const hubWords = () =>
  huggingFaceTokenizer({
    pre_tokenizer: { type: 'WhitespaceSplit' },
    normalizer: null,
    decoder: null,
    added_tokens: [],
    model: { type: 'WordLevel', unk_token: '[UNK]', vocab: { '[UNK]': 0, a: 1, ship: 2, '[MASK]': 3 } },
  });

describe.each([
  ['letters', () => characterTokenizer(LETTERS, 'letters'), { texts: [...texts, 'A  Ship!'] }],
  ['characters with a beginning', () => characterTokenizer([...LETTERS], 'none', { beginning: true }), { texts }],
  ['bytes', () => byteTokenizer(), { texts: [...texts, 'é\u0301 \u{1F600}', 'a\tb\n'] }],
  [
    'bytes with a beginning, in lower case',
    () => byteTokenizer('lowercase', { beginning: true }),
    { texts: ['ΑΣ Ship'] },
  ],
  ['words of the hub', hubWords, { texts: ['a ship', 'a whale'], lossless: false }],
] as const)('%s', (_, make, options) => {
  it.each(tokenizerConformance(make, options).map(({ name, run }) => [name, run] as const))('%s', (__, run) => run());
});

tokenizers.register('faulty', {
  description: 'bytes with a fault',
  fit: () => faulty({}),
  load: ({ normalise: kind }) => loaded(faulty({}, kind)),
});
let loaded = (tokenizer: Tokenizer): Tokenizer => tokenizer;
const bytes = byteTokenizer();

/** Bytes with a fault in one of their parts, under the normalisation that is named. */
const faulty = (change: Partial<Tokenizer>, kind = bytes.normalise): Tokenizer => ({
  ...makeTokenizer({ ...bytes, spec: { name: 'faulty' }, json: { own: true } }, kind),
  ...change,
});

const tokenizer = faulty({});
let calls = 0;
const shifted = (ids: ArrayLike<number>, by: number) => Int32Array.from(ids, (id) => (id + by) % 256);

type Mutant = [name: string, change: Partial<Tokenizer>, message: RegExp, load?: (whole: Tokenizer) => Tokenizer];

const mutants: readonly Mutant[] = [
  ['a vocabulary of nothing', { vocabSize: NaN }, /vocabSize is NaN/],
  ['a mask beyond the vocabulary', { maskId: 300 }, /maskId is 300, and ids go from 0 to 256/],
  ['an end that is no id', { endOfTextId: 1.5 }, /endOfTextId is 1.5/],
  ['padding that is the mask', { padId: 256 }, /padId is the mask, 256, too/],
  ['a separator beyond the vocabulary', { separator: Int32Array.of(257) }, /separator is 257/],
  ['a separator of masks', { separator: Int32Array.of(256) }, /the separator holds the mask/],
  [
    'ids in a plain list',
    { encode: (text) => Array.from(bytes.encode(text)) as unknown as Int32Array },
    /no Int32Array/,
  ],
  [
    'ids beyond the vocabulary',
    { encode: (text) => bytes.encode(text).map((id) => id + 200) },
    /has the id \d+, and ids go/,
  ],
  [
    'a mask that texts can spell',
    { encode: (text) => (text.includes('[MASK]') ? Int32Array.of(256) : bytes.encode(text)) },
    /encoded with the mask/,
  ],
  [
    'a beginning in texts',
    { beginId: 1, encode: (text) => (text ? Int32Array.of(1, ...bytes.encode(text)) : new Int32Array(0)) },
    /encoded with the beginning/,
  ],
  [
    'a crash at what is foreign',
    {
      encode(text) {
        if (text.includes('\u{1F600}')) throw new TypeError('no such emoji');
        return bytes.encode(text);
      },
    },
    /must be refused with an InputError; TypeError: no such emoji/,
  ],
  ['ids that remember', { encode: (text) => shifted(bytes.encode(text), calls++) }, /has other ids after other texts/],
  ['texts that come back otherwise', { decode: (ids) => bytes.decode(ids).replace('s', 'z') }, /comes back as/],
  ['an empty text that is one', { decode: (ids) => bytes.decode(ids) || ' ' }, /an empty text comes back as one/],
  [
    'no normalisation',
    { normalise: 'letters', encode: (text) => bytes.encode(text) },
    /has other ids than .*, to which letters simplifies it/,
  ],
  ['losses that nobody counts', { lost: () => 0 }, /lost\(.*\) is 0; the normalisation loses 1/],
  [
    'masks that are not shown',
    { decode: (ids) => bytes.decode(Array.from(ids).filter((id) => id !== 256)) },
    /mask is shown as ""/,
  ],
  [
    'unknown ids that are not shown',
    { decode: (ids) => bytes.decode(Array.from(ids).filter((id) => id < 257)) },
    /an id that the vocabulary has not is shown as ""/,
  ],
  [
    'masks that are shown alone',
    { decode: (ids) => bytes.decode(ids.length > 1 ? Array.from(ids).filter((id) => id !== 256) : ids) },
    /a mask behind a text is not shown/,
  ],
  [
    'ids of one kind of array',
    { decode: (ids) => (Array.isArray(ids) && ids.length > 1 && !ids.includes(256) ? '' : bytes.decode(ids)) },
    /a plain list of ids is decoded otherwise/,
  ],
  [
    'arrays that are parts of others',
    { decode: (ids) => (ids instanceof Int32Array ? bytes.decode(new Int32Array(ids.buffer)) : bytes.decode(ids)) },
    /a part of an array is decoded otherwise/,
  ],
  [
    'an end of many ids',
    { decode: (ids) => bytes.decode(Array.from(ids).slice(0, 80_000)) },
    /150,000 ids come back as/,
  ],
  ['a name that nobody has registered', { spec: { name: 'nowhere' } }, /holds a tokenizer of the type "nowhere"/],
  ['options that are lost', {}, /a folder gives .* back of/, (whole) => ({ ...whole, spec: { name: 'bytes' } })],
  ['a special token that is lost', { endOfTextId: 3 }, /a folder gives .* back of/],
  [
    'other ids once loaded',
    {},
    /has other ids after the tokenizer was saved/,
    (whole) => ({ ...whole, encode: (text) => shifted(whole.encode(text), 1) }),
  ],
  [
    'other texts once loaded',
    {},
    /is decoded otherwise after saving/,
    (whole) => ({ ...whole, decode: (ids) => whole.decode(ids).toUpperCase() }),
  ],
];

it.each(mutants.map(([name, ...mutant]) => [name, mutant] as const))(
  'finds %s',
  async (_, [change, message, load = (whole) => whole]) => {
    loaded = load;
    const errors: string[] = [];
    for (const { run } of tokenizerConformance(() => faulty(change), { texts: ['Call me Ishmael.', 'a ship'] }))
      await run().catch((error: Error) => errors.push(error.message));
    expect(errors.join('\n')).toMatch(message);
  },
);

it('finds nothing where there is no fault, and refuses texts that show nothing', async () => {
  loaded = (whole) => whole;
  for (const { run } of tokenizerConformance(() => tokenizer, { texts: ['Call me Ishmael.'] })) await run();
  const checks = tokenizerConformance(() => tokenizer, { texts: ['a'] });
  const errors: string[] = [];
  for (const { run } of checks) await run().catch((error: Error) => errors.push(error.message));
  expect(errors).toEqual([expect.stringContaining('none of the texts has several tokens')]);
});

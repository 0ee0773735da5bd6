import fc from 'fast-check';
import { byteVocabulary } from '../../test/vocabularies';
import { normalise } from '../normalise';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import type { CorpusDocument } from './document';
import { documentOf } from './document';
import { type Encoded, documentParts, encodeRow, encodeRows, encodeTexts } from './encoded';
import { partsOf } from './formats/text';
import { addTexts, hashOf, packCorpus } from './pack';
import { collector } from '../tokens/collector';
import { tokenHash } from '../tokens/token-hash';
import { tokenStore } from '../tokens/token-store';

const letters = characterTokenizer(LETTERS, 'letters');
const gather = async (some: AsyncIterable<readonly Encoded[]>) => {
  const found: Encoded[] = [];
  for await (const one of some) found.push(...one);
  return found;
};
/** A text in parts of at most so many characters. */
const inParts = (text: string, longest: number): CorpusDocument[] =>
  [...partsOf(text, longest)].map((part, i) => ({ text: part, isContinued: i > 0 }));
const idsOf = (encoded: readonly Encoded[]) => encoded.flatMap(({ ids }) => [...ids]);

describe('texts in parts', () => {
  const any = fc.string({
    unit: fc.constantFrom('a', 'B', ' ', '\n', '.', 'é', 'İ', '\u212A', '😀', 'Σ'),
    maxLength: 30,
  });

  it.each([
    ['letters', letters],
    ['bytes of letters', byteTokenizer('letters')],
    ['bytes', byteTokenizer()],
    ['bytes in lower case', byteTokenizer('lowercase')],
  ])('have the ids of the whole, wherever they are cut: %s', async (_, tokenizer) => {
    await fc.assert(
      fc.asyncProperty(any, fc.integer({ min: 2, max: 7 }), async (text, longest) => {
        const cut = await gather(encodeTexts(inParts(text, longest), tokenizer));
        expect(tokenizer.decode(idsOf(cut))).toBe(tokenizer.decode(tokenizer.encode(text)));
      }),
      { numRuns: 200 },
    );
  });

  it('of a byte-pair vocabulary have the ids of the whole where words are parted', async () => {
    const tokenizer = byteVocabulary(
      ['<|endoftext|>'],
      [
        ['t', 'h'],
        ['th', 'e'],
        ['Ġ', 'the'],
      ],
    );
    const words = fc.array(fc.constantFrom('the', 'a', 'théâtre', '😀', 'then'), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(words, fc.integer({ min: 9, max: 14 }), async (parts, longest) => {
        const text = parts.join(' ');
        expect(idsOf(await gather(encodeTexts(inParts(text, longest), tokenizer)))).toEqual([
          ...tokenizer.encode(text),
        ]);
      }),
    );
  });

  it('forget what stood before where a document begins', async () => {
    const documents = [{ text: 'sea.' }, { text: ' the' }, { text: ' whale', isContinued: true }];
    const found = await gather(encodeTexts(documents, letters));
    expect(found.map(({ ids }) => letters.decode(ids))).toEqual(['sea', 'the', ' whale']);
    expect(found.map(({ isContinued }) => isContinued)).toEqual([false, false, true]);
  });

  it('that hold no letter part the letters around them', async () => {
    const documents = [{ text: 'sea' }, { text: ' 7 ', isContinued: true }, { text: 'whale', isContinued: true }];
    expect(letters.decode(idsOf(await gather(encodeTexts(documents, letters))))).toBe('sea whale');
  });

  it('are cut once more where a part itself is long', () => {
    const parts = [...documentParts({ text: `${'a'.repeat(1 << 18)}bc` })];
    expect(parts.map(({ text, isContinued }) => [text.length, isContinued])).toEqual([
      [1 << 18, false],
      [2, true],
    ]);
    expect([...documentParts({ text: 'a', isContinued: true })]).toEqual([{ text: 'a', isContinued: true }]);
  });
});

describe('rows', () => {
  it('have their prompts in front, by number', async () => {
    const bytes = byteTokenizer();
    expect(encodeRow({ text: 'ab' }, bytes)).toEqual({ ids: Int32Array.of(97, 98), isContinued: false });
    expect(encodeRow({ prompt: '1+', text: '2' }, bytes)).toEqual({
      ...{ ids: Int32Array.of(49, 43, 50), prompt: 2 },
      ...{ isContinued: false, hasPrompt: true },
    });
    expect(encodeRow({ prompt: '', text: '2' }, bytes)).toMatchObject({ prompt: 0, hasPrompt: false });
    const found = await gather(encodeRows(['a', { prompt: 'b', text: 'c' }], bytes, '-'));
    expect(found.map(({ ids, prompt }) => [bytes.decode(ids), prompt])).toEqual([
      ['a', undefined],
      ['b-c', 2],
    ]);
  });
});

describe('packing', () => {
  const pack = (documents: readonly (string | CorpusDocument)[], separator = Int32Array.of(35)) =>
    packCorpus(documents, byteTokenizer(), { separator, share: 0, least: 1 });

  it('puts a separator between documents that have tokens alone', async () => {
    const { train, emptied } = await pack(['', 'a', '', '', 'b', '']);
    expect([byteTokenizer().decode(train), emptied]).toEqual(['a#b', 4]);
    const parts = await pack([
      { text: '' },
      { text: 'a', isContinued: true },
      { text: 'b', isContinued: true },
      { text: 'c' },
    ]);
    expect([byteTokenizer().decode(parts.train), parts.emptied]).toEqual(['ab#c', 0]);
  });

  it('tells of each document that begins, and of none that is empty', async () => {
    const store = tokenStore(257);
    let begun = 0;
    const emptied = await addTexts(
      store,
      encodeTexts(['', 'a', 'b'], byteTokenizer()),
      new Int32Array(0),
      () => begun++,
    );
    expect([begun, emptied, store.size]).toEqual([2, 1, 2]);
  });

  it('refuses a separator that is no token, which narrow storage would make another of', async () => {
    for (const id of [257, 256 + 97, -1, 0.5])
      await expect(packCorpus(['a', 'b'], byteTokenizer(), { separator: [id] as never, share: 0 })).rejects.toThrow(
        `A separator consists of ids, 0 to 256; ${id} was given.`,
      );
  });

  it('holds the end out, at least half is trained on, and nothing of it is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 4 }), fc.constantFrom(0, 0.1, 0.25, 0.5), async (text, share) => {
        const bytes = byteTokenizer();
        const { train, heldOut, hash } = await packCorpus([text], bytes, { share });
        expect(bytes.decode([...train, ...heldOut])).toBe(normalise(text, 'none'));
        expect(train.length).toBe(Math.ceil((train.length + heldOut.length) * (1 - share)));
        expect(hash).toBe(hashOf(bytes.encode(text)));
      }),
    );
  });
});

describe('gathering ids', () => {
  const chunks = fc.array(fc.array(fc.nat(300), { maxLength: 40 }), { maxLength: 40 });

  it('keeps them in order, however they come', () => {
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 20 }), (some, capacity) => {
        const all = collector(capacity);
        some.forEach((ids) => all.add(ids));
        expect([...all.take()]).toEqual(some.flat());
        all.add([7]);
        expect([...all.take()]).toEqual([...some.flat(), 7]);
      }),
    );
  });

  it('hashes them as int32, however they come and are stored', () => {
    fc.assert(
      fc.property(chunks, (some) => {
        const hash = tokenHash();
        some.forEach((ids) => hash.add(Uint16Array.from(ids)));
        expect(hash.digest()).toBe(hashOf(Int32Array.from(some.flat())));
      }),
    );
    const long = tokenHash();
    const ids = Int32Array.from({ length: 40_000 }, (_, i) => i);
    long.add(ids);
    expect(long.digest()).toBe(hashOf(ids));
  });

  it('hashes a text as UTF-8', () => {
    expect(hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hashOf('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hashOf(Uint8Array.of(0xc3, 0xa9))).toBe(hashOf('é'));
  });
});

it('a document may be given as its text alone', () => {
  expect([documentOf('a'), documentOf({ text: 'b', prompt: 'c' })]).toEqual([
    { text: 'a' },
    { text: 'b', prompt: 'c' },
  ]);
});

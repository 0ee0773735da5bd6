import fc from 'fast-check';
import { byteTokenizer } from './bytes';
import { huggingFaceTokenizer } from './hugging-face';
import { addedToken } from './own-json';
import { tokenizers } from './registry';

describe('byteTokenizer', () => {
  it.each([
    [{}, 257, 256, undefined],
    [{ beginning: false }, 257, 256, undefined],
    [{ beginning: true }, 258, 257, 256],
  ])('with %j has %d entries', (options, vocabSize, maskId, beginId) => {
    expect(byteTokenizer('none', options)).toMatchObject({ vocabSize, maskId, padId: 32, addedMask: false });
    expect(byteTokenizer('none', options).beginId).toBe(beginId);
  });

  it('is UTF-8, and reads any bytes as a decoder of UTF-8 does', () => {
    const { encode, decode } = byteTokenizer();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        expect(decode(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      }),
    );
    expect([...encode('aé鯨😀')]).toEqual([...Buffer.from('aé鯨😀')]);
    expect(decode([0xef, 0xbb, 0xbf, 97])).toBe('\uFEFFa');
  });

  it.each([
    [[97, 256, 98], 'a▁b'],
    [[97, 257, -1, 98], 'a\uFFFD\uFFFDb'],
    [[0xe9, 256], '\uFFFD▁'],
    [[], ''],
  ])('reads %j as %j', (ids, text) => {
    expect(byteTokenizer().decode(ids)).toBe(text);
  });

  it('does not show a beginning', () => {
    expect(byteTokenizer('none', { beginning: true }).decode([256, 97, 257, 258])).toBe('a▁\uFFFD');
  });
});

describe('types by name', () => {
  it.each([
    ['characters', 'letters', 28],
    ['bytes', 'letters', 257],
  ])('%s are made of nothing, for letters', async (name, normalise, vocabSize) => {
    expect(await tokenizers.create(name)).toMatchObject({ normalise, vocabSize, spec: { name } });
    expect((await tokenizers.create(name, { beginning: true })).vocabSize).toBe(vocabSize + 1);
    expect((await tokenizers.create({ name, options: {} }, { normalise: 'letters' })).vocabSize).toBe(vocabSize);
  });

  it.each([
    [
      { name: 'bpe', options: { vocabSize: 256 } },
      'A byte-pair vocabulary holds 256 bytes and 1 special tokens; 256 was given.',
    ],
    [
      { name: 'bpe', options: { vocabSize: 300.5 } },
      'A byte-pair vocabulary holds 256 bytes and 1 special tokens; 300.5 was given.',
    ],
    [
      { name: 'bpe', options: { vocabSize: 300 } },
      'The text fills a byte-pair vocabulary of 257 tokens; 300 was asked for. Set vocabSize to at most that many.',
    ],
    [{ name: 'bpe', options: { size: 300 } }, 'the bpe tokenizer has no option "size"'],
    [{ name: 'gpt2', options: { size: 300 } }, 'the gpt2 tokenizer has no option "size"'],
  ])('%j is refused', async (spec, sentence) => {
    await expect(tokenizers.create(spec)).rejects.toThrow(sentence);
  });

  it('read texts once, or not at all', async () => {
    let readings = 0;
    const texts = () => {
      readings++;
      return (async function* () {
        yield 'the sea the sea';
      })();
    };
    await tokenizers.create('bytes', { texts });
    await tokenizers.create('characters', { texts });
    expect(readings).toBe(0);
    await tokenizers.create('characters', { texts, normalise: 'none' });
    await tokenizers.create({ name: 'bpe', options: { vocabSize: 258 } }, { texts });
    expect(readings).toBe(2);
  });
});

describe('parts of tokenizer.json in which the library differs from Python', () => {
  const words = ['a', 'b', ' ', 'σ', 'o', 'ο', 'δ', '$', '&', '\uFFFD', 'x', '▁'];
  const tokenizer = (parts: object) =>
    huggingFaceTokenizer({
      ...{ normalizer: null, decoder: { type: 'Fuse' }, added_tokens: [addedToken(words.length, '[MASK]')] },
      pre_tokenizer: { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
      model: {
        type: 'WordLevel',
        unk_token: null,
        vocab: Object.fromEntries([...words, '[MASK]'].map((word, id) => [word, id])),
      },
      ...parts,
    });
  const normalised = (normalizer: object, text: string) => {
    const { encode, decode } = tokenizer({ normalizer });
    return decode(encode(text));
  };

  it.each([
    [{ type: 'Lowercase' }, 'ΟΔΟΣ', 'οδοσ'],
    [{ type: 'Sequence', normalizers: [{ type: 'Lowercase' }] }, 'ΑΣ'.replace('Α', 'A'), 'aσ'],
    [{ type: 'Replace', pattern: { String: 'b' }, content: '$&' }, 'ab', 'a$&'],
    [{ type: 'Replace', pattern: { Regex: 'a+' }, content: '$$' }, 'aab', '$$b'],
    [{ type: 'Nmt' }, 'a\tb\u0001\u200B', 'a b '],
    [{ type: 'Nmt' }, 'a\uFEFFb▁', 'a b '],
  ])('%j makes %j to %j', (normalizer, text, made) => {
    expect(normalised(normalizer, text)).toBe(made);
  });

  it('a replacement of a decoder is as it stands, and a first space that was never put there is not taken away', () => {
    const replacing = tokenizer({
      decoder: {
        type: 'Sequence',
        decoders: [{ type: 'Fuse' }, { type: 'Replace', pattern: { String: 'x' }, content: '$&' }],
      },
    });
    expect(replacing.decode(replacing.encode('axb'))).toBe('a$&b');
    const spaced = tokenizer({
      decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: true },
    });
    expect(spaced.decode(spaced.encode('▁a▁b'))).toBe(' a b');
  });

  it.each([
    [
      { model: { type: 'BPE', continuing_subword_prefix: '##', vocab: { a: 0 }, merges: [] } },
      'The BPE model of tokenizer.json has a continuing_subword_prefix, which is not read here.',
    ],
    [{ normalizer: { type: 'ByteLevel' } }, 'tokenizer.json cannot be used: '],
    [
      { model: { type: 'Markov', vocab: { a: 0 } } },
      'The model of tokenizer.json is of the type "Markov", and those that are read here are BPE, WordPiece, WordLevel, Unigram.',
    ],
    [
      { model: { type: 'WordLevel', vocab: { a: -1 } } },
      'tokenizer.json gives "a" the id -1; ids are whole numbers from 0 on.',
    ],
    [
      { model: { type: 'WordLevel', vocab: { a: 0.5 } } },
      'tokenizer.json gives "a" the id 0.5; ids are whole numbers from 0 on.',
    ],
    [{ added_tokens: [{ id: 1 }] }, 'tokenizer.json gives nothing the id 1; tokens are texts.'],
    [{ added_tokens: [{ id: 1, content: null }] }, 'tokenizer.json gives null the id 1; tokens are texts.'],
    [{ added_tokens: [{ content: 'a' }] }, 'tokenizer.json gives "a" the id nothing; ids are whole numbers from 0 on.'],
    [{ model: { type: 'Unigram', unk_id: 0, vocab: [[7, 0]] } }, 'tokenizer.json gives 7 the id 0; tokens are texts.'],
    [{ added_tokens: [null] }, 'tokenizer.json cannot be used: '],
    [{ pre_tokenizer: { type: 'UnicodeScripts' } }, 'tokenizer.json cannot be used: '],
  ])('%j is refused in a sentence', (parts, sentence) => {
    expect(() => tokenizer(parts)).toThrow(sentence);
    expect(() => tokenizer(parts)).toThrow(expect.objectContaining({ name: 'InputError' }));
  });
});

import { libraryJson, NO_ENTRY, NO_TOKEN, UNSAID } from './library-json';
import { addedToken } from './own-json';
import type { TokenizerJson } from './vocabulary';

const MASK = { id: 2, content: '[MASK]' };
const vocab = { a: 0, b: 1, '[MASK]': 2 };
const made = (more: Partial<TokenizerJson>) => libraryJson({ model: { type: 'WordLevel', vocab }, ...more }, MASK, 9);

describe('libraryJson', () => {
  it('hides the mask under a name that no text can spell, in either shape of a vocabulary', () => {
    const { model, added_tokens: added } = made({ added_tokens: [addedToken(2, '[MASK]'), addedToken(1, 'b')] });
    expect(model!.vocab).toEqual({ a: 0, b: 1, [UNSAID]: 2 });
    expect(added!.map(({ id, content }) => [id, content])).toEqual([
      [1, 'b'],
      [2, UNSAID],
      [9, NO_TOKEN],
    ]);
    const scored = made({
      model: {
        type: 'Unigram',
        vocab: [
          ['a', -1],
          ['b', -2],
          ['[MASK]', 0],
        ],
      },
    });
    expect(scored.model!.vocab).toEqual([
      ['a', -1],
      ['b', -2],
      [UNSAID, 0],
    ]);
  });

  it('leaves cutting into words and special tokens to us', () => {
    const { pre_tokenizer: pre, post_processor: post } = made({
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: {},
    });
    expect([pre, post]).toEqual([null, null]);
  });

  it('names what a BPE model makes of characters without an entry, where the model names nothing', () => {
    const bpe = (more: object) => made({ model: { type: 'BPE', vocab, ...more } }).model!.unk_token;
    expect(bpe({})).toBe(NO_ENTRY);
    expect(bpe({ unk_token: null })).toBe(NO_ENTRY);
    expect(bpe({ unk_token: 'b' })).toBe('b');
    expect(made({}).model).not.toHaveProperty('unk_token');
  });

  it('keeps dollars of replacements from JavaScript, in sequences too', () => {
    const replace = { type: 'Replace', pattern: { String: 'x' }, content: '$&$1' };
    expect(made({ normalizer: replace }).normalizer).toEqual({ ...replace, content: '$$&$$1' });
    const { normalizer, decoder } = made({
      normalizer: { type: 'Sequence', normalizers: [replace] },
      decoder: { type: 'Sequence', decoders: [replace, { type: 'Fuse' }] },
    });
    expect(normalizer).toMatchObject({ normalizers: [{ content: '$$&$$1' }] });
    expect(decoder).toMatchObject({ decoders: [{ content: '$$&$$1' }, { type: 'Fuse' }] });
    // Python's replacement without content is one by nothing.
    expect(made({ normalizer: { type: 'Replace', pattern: {} } }).normalizer).toMatchObject({ content: '' });
  });

  it.each([
    [{ type: 'Lowercase' }, true],
    [{ type: 'BertNormalizer', lowercase: true }, true],
    [{ type: 'BertNormalizer', lowercase: false }, false],
    [{ type: 'NFC' }, false],
  ])('lowers a large sigma by itself before %j: %p', (normalizer, isLowered) => {
    const sigma = { type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' };
    const expected = isLowered ? { type: 'Sequence', normalizers: [sigma, normalizer] } : normalizer;
    expect(made({ normalizer }).normalizer).toEqual(expected);
  });

  it('spells out what the library does not know, and takes no first space that nobody has put there', () => {
    const { normalizer } = made({ normalizer: { type: 'Nmt' } });
    expect(normalizer).toMatchObject({ type: 'Sequence', normalizers: [{ content: '' }, { content: ' ' }] });
    const metaspace = { type: 'Metaspace', replacement: '_', prepend_scheme: 'always' };
    expect(made({ decoder: metaspace }).decoder).toEqual(metaspace);
    const never = made({ decoder: { ...metaspace, prepend_scheme: 'never' } }).decoder;
    expect(never).toEqual({ type: 'Replace', pattern: { String: '_' }, content: ' ' });
  });

  it('refuses models that would be read as others', () => {
    expect(() => made({ model: { type: 'Bigram', vocab } })).toThrow(
      'The model of tokenizer.json is of the type "Bigram", and those that are read here are BPE, WordPiece, WordLevel, Unigram.',
    );
    expect(() => made({ model: { type: 'BPE', vocab, continuing_subword_prefix: '##' } })).toThrow(
      'has a continuing_subword_prefix',
    );
  });
});

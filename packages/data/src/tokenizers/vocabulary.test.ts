import { addedToken } from './own-json';
import { idsByToken, namedToken, specialToken, withToken, withoutToken } from './vocabulary';

const wordJson = { model: { vocab: { a: 0, b: 1 } }, added_tokens: [addedToken(2, '[MASK]')] };
const unigramJson = {
  model: {
    vocab: [
      ['<unk>', 0],
      ['a', -1],
    ] as const,
  },
  added_tokens: [addedToken(2, '[MASK]')],
};

describe('idsByToken', () => {
  it('reads vocabularies of either form, and added tokens over them', () => {
    expect([...idsByToken(wordJson)]).toEqual([
      ['a', 0],
      ['b', 1],
      ['[MASK]', 2],
    ]);
    expect([...idsByToken(unigramJson)]).toEqual([
      ['<unk>', 0],
      ['a', 1],
      ['[MASK]', 2],
    ]);
    expect(idsByToken({ model: { vocab: { a: 0 } }, added_tokens: [addedToken(7, 'a')] }).get('a')).toBe(7);
    expect([...idsByToken({})]).toEqual([]);
    expect([...idsByToken({ added_tokens: [addedToken(0, 'a')] })]).toEqual([['a', 0]]);
  });
});

describe('namedToken', () => {
  it.each([
    ['<s>', '<s>'],
    [{ content: '<s>', lstrip: false }, '<s>'],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
    [7, undefined],
    [{}, undefined],
    [{ content: 7 }, undefined],
  ])('reads %j as %j', (value, name) => {
    expect(namedToken({ bos_token: value }, 'bos_token')).toBe(name);
  });
});

describe('specialToken', () => {
  const ids = (...tokens: string[]) => new Map(tokens.map((token, id) => [token, id]));

  it('is what the configuration names, if the vocabulary has it, else the commonest of the usual names', () => {
    const known = ids('<s>', '[CLS]', '<mine>');
    expect(specialToken('begin', known, { bos_token: '<mine>' })).toEqual({ content: '<mine>', id: 2 });
    expect(specialToken('begin', known, { bos_token: '<yours>' })).toEqual({ content: '<s>', id: 0 });
    expect(specialToken('begin', known, { cls_token: '[CLS]' })).toEqual({ content: '[CLS]', id: 1 });
    expect(specialToken('begin', known, { cls_token: '[CLS]', bos_token: '<mine>' })?.id).toBe(2);
    expect(specialToken('end', known, {})).toBeUndefined();
  });

  it.each([
    ['mask', ['<mask>', '[MASK]'], '[MASK]'],
    ['mask', ['<|mdm_mask|>'], '<|mdm_mask|>'],
    ['pad', ['</s>', '<pad>'], '<pad>'],
    ['pad', ['<|endoftext|>'], '<|endoftext|>'],
    ['end', ['[SEP]', '</s>'], '</s>'],
    ['begin', ['<|endoftext|>'], '<|endoftext|>'],
  ] as const)('%s of %j is %s', (role, tokens, content) => {
    expect(specialToken(role, ids(...tokens), {})?.content).toBe(content);
  });
});

describe('a token more', () => {
  const mask = { id: 3, content: '<blank>' };

  it('is put in and taken out again, the rest as it was', () => {
    for (const json of [wordJson, unigramJson]) {
      const more = withToken(json, mask);
      expect(idsByToken(more).get('<blank>')).toBe(3);
      expect(more.added_tokens?.at(-1)).toEqual(addedToken(3, '<blank>'));
      expect(withoutToken(more, mask)).toEqual(json);
    }
    const bare = withToken({ model: {} }, mask);
    expect(withoutToken(bare, mask)).toEqual({ model: { vocab: {} }, added_tokens: [] });
  });

  it('leaves a vocabulary of scores alone, which numbers its entries by their places', () => {
    expect(withToken(unigramJson, mask).model?.vocab).toBe(unigramJson.model.vocab);
    expect(withoutToken(unigramJson, mask).model?.vocab).toBe(unigramJson.model.vocab);
  });
});

import fc from 'fast-check';
import { type AddedToken, splitAtAdded } from './added-tokens';
import { addedToken } from './own-json';

/** The parts of a text, ids of tokens among them. */
function partsOf(tokens: readonly Partial<AddedToken>[], text: string): (string | number)[] {
  const parts: (string | number)[] = [];
  const split = splitAtAdded(tokens.map((token, i) => ({ ...addedToken(100 + i, 'x'), ...token })));
  split(text, (part) => parts.push(part));
  return parts;
}

describe('splitAtAdded', () => {
  it.each([
    ['a<s>b', ['a', 100, 'b']],
    ['<s><s>', [100, 100]],
    ['<s', ['<s']],
    ['', []],
    ['a', ['a']],
  ])('finds a token in %j', (text, parts) => {
    expect(partsOf([{ content: '<s>' }], text)).toEqual(parts);
  });

  it('takes the longest of several that fit, wherever they stand in the list', () => {
    const tokens = [{ content: '<|a' }, { content: '<|a|>' }, { content: '|>' }];
    expect(partsOf(tokens, '<|a|><|a|')).toEqual([101, 100, '|']);
    expect(partsOf(tokens.toReversed(), '<|a|>|>')).toEqual([101, 100]);
  });

  it.each([
    [{ lstrip: true }, 'a \n<s> b', ['a', 100, ' b']],
    [{ rstrip: true }, 'a <s> \u3000b', ['a ', 100, 'b']],
    [{ lstrip: true, rstrip: true }, ' <s> ', [100]],
    [{ lstrip: true, rstrip: true }, 'a<s>b', ['a', 100, 'b']],
    [{}, 'a <s> b', ['a ', 100, ' b']],
  ])('takes white space away where it is to: %j', (how, text, parts) => {
    expect(partsOf([{ content: '<s>', ...how }], text)).toEqual(parts);
  });

  it.each([
    ['the sea', [100, ' sea']],
    ['then', ['then']],
    ['soothe', ['soothe']],
    ['the1', ['the1']],
    ['the_', ['the_']],
    ['théthe', ['théthe']],
    ['the!', [100, '!']],
    ['鯨the', ['鯨the']],
    [' the', [' ', 100]],
  ])('finds a whole word alone where it is to, in %j', (text, parts) => {
    expect(partsOf([{ content: 'the', single_word: true }], text)).toEqual(parts);
  });

  it('reads nothing in a token as a pattern', () => {
    const marks = '.*+?^${}()|[]\\/-$&';
    expect(partsOf([{ content: marks }], `a${marks}b`)).toEqual(['a', 100, 'b']);
    for (const mark of marks) expect(partsOf([{ content: mark }], `a${mark}b`)).toEqual(['a', 100, 'b']);
  });

  it('loses nothing of a text, whatever is looked for', () => {
    const contents = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom('a', '<', '|', '😀', ' '), minLength: 1, maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    const text = fc.string({ unit: fc.constantFrom('a', '<', '|', '😀', ' ', 'b'), maxLength: 30 });
    fc.assert(
      fc.property(contents, text, (tokens, value) => {
        const parts = partsOf(
          tokens.map((content) => ({ content })),
          value,
        );
        expect(parts.map((part) => (typeof part === 'number' ? tokens[part - 100] : part)).join('')).toBe(value);
        const texts = parts.filter((part) => typeof part === 'string');
        expect(texts.filter((part) => !part || tokens.some((token) => part.includes(token)))).toEqual([]);
      }),
    );
  });
});

import fc from 'fast-check';
import { NORMALISATIONS, lostCharacters, normalise } from './normalise';

const any = fc.string({ unit: 'binary', maxLength: 60 });
/** Texts in which what is simplified stands close together. */
const dense = fc.string({
  unit: fc.constantFrom(
    'a',
    'Z',
    'é',
    'ß',
    'Σ',
    'İ',
    '\u212A',
    ' ',
    '\n',
    '\t',
    '7',
    '.',
    '😀',
    '\uD83D',
    '\uDE00',
    '\u0307',
    '\u00A0',
  ),
  maxLength: 24,
});
const texts = fc.oneof(any, dense);

describe('normalise', () => {
  it.each([
    ['none', 'Call me Ishmael. ', 'Call me Ishmael. '],
    ['none', 'a\uD83Db\uDE00', 'a\uFFFDb\uFFFD'],
    ['none', '😀', '😀'],
    ['none', '', ''],
    ['lowercase', 'ÀÉÎ ΟΔΟΣ ẞ', 'àéî οδοσ ß'],
    ['lowercase', 'İ', 'i\u0307'],
    ['lowercase', 'A\uD800', 'a\uFFFD'],
    ['letters', '  Call me—Ishmael. 7!', 'call me ishmael'],
    ['letters', "it's", 'it s'],
    ['letters', 'naïve', 'na ve'],
    ['letters', 'a\u212Ab', 'akb'],
    ['letters', 'aİb', 'ai b'],
    ['letters', '123 ... 鯨 😀', ''],
    ['letters', '\uD83Da', 'a'],
    ['letters', 'a\r\n\tb', 'a b'],
  ] as const)('%s makes %j to %j', (kind, text, simple) => {
    expect(normalise(text, kind)).toBe(simple);
  });

  it('does nothing to what it has done', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...NORMALISATIONS), (text, kind) => {
        const once = normalise(text, kind);
        expect(normalise(once, kind)).toBe(once);
        expect(once).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });

  it('to letters is what its definition says: lower case, all else one space, none at the ends', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const lower = Array.from(text, (one) => (one === 'Σ' ? 'σ' : one.toLowerCase())).join('');
        expect(normalise(text, 'letters')).toBe(lower.replaceAll(/[^a-z]+/g, ' ').trim());
      }),
      { numRuns: 300 },
    );
  });

  it('of all basic characters is that of each, between letters', () => {
    for (let code = 0; code < 0xd800; code++) {
      const text = `a${String.fromCharCode(code)}b`;
      const expected = text.toLowerCase().replaceAll(/[^a-z]+/g, ' ');
      if (normalise(text, 'letters') !== expected)
        throw new Error(`U+${code.toString(16)}: ${normalise(text, 'letters')}`);
    }
  });

  it('takes texts of any length', () => {
    const long = 'The Sea, '.repeat(200_000);
    expect(normalise(long, 'letters')).toHaveLength(8 * 200_000 - 1);
    expect(normalise(long, 'none')).toBe(long);
  });

  it.each(['upper', '', 'toString'])('is none of the name %j', (name) => {
    expect(() => normalise('a', name as 'none')).toThrow(
      `The normalisation is one of none, lowercase, letters; ${JSON.stringify(name)} was given.`,
    );
  });
});

describe('lostCharacters', () => {
  it.each([
    ['none', 'Call me, 7 鯨 😀', 0],
    ['none', '\uD83D \uDE00\uD83D', 3],
    ['lowercase', 'ÀB\uD800', 1],
    ['letters', 'Call me Ishmael', 0],
    ['letters', 'a b\tc\nd\u00A0e', 0],
    ['letters', 'a, 7!', 3],
    ['letters', '😀é', 2],
    ['letters', '\u212A', 0],
    ['letters', '', 0],
  ] as const)('of %s in %j are %d', (kind, text, count) => {
    expect(lostCharacters(text, kind)).toBe(count);
  });

  it('are code points, none of them letters or white space, and add up over parts that cut none', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 8 })), (parts) => {
        const text = parts.join('');
        const others = Array.from(text).filter((one) => !/^[a-zA-Z\s\u212A\u0130]$/u.test(one));
        expect(lostCharacters(text, 'letters')).toBe(others.length);
        expect(parts.reduce((sum, part) => sum + lostCharacters(part, 'letters'), 0)).toBe(others.length);
      }),
    );
  });
});

import { quoted, shortened } from './wording';

it('shows the beginning of long texts, and short ones whole', () => {
  expect(shortened('a'.repeat(60))).toBe('a'.repeat(60));
  expect(shortened('a'.repeat(61))).toBe(`${'a'.repeat(57)}…`);
  // No half of a character.
  expect(shortened(`${'a'.repeat(56)}${'😀'.repeat(9)}`)).toBe(`${'a'.repeat(56)}…`);
});

it('shows values as JSON, or as JavaScript has them where they are none', () => {
  expect(['mdlm', [1, 'a'], null, NaN, Infinity, undefined].map(quoted)).toEqual([
    '"mdlm"',
    '[1,"a"]',
    'null',
    'NaN',
    'Infinity',
    'undefined',
  ]);
  expect(quoted('a'.repeat(1000))).toBe(`"${'a'.repeat(56)}…`);
});

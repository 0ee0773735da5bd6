import { SPACE, classesOfCharacters } from './character-classes';
import { CHARACTER_RANGES } from './character-ranges';

const [OTHER, LETTER, NUMBER] = [0, 1, 2];

describe('classesOfCharacters', () => {
  const classes = classesOfCharacters();

  it('are made once', () => expect(classesOfCharacters()).toBe(classes));

  it('come from ranges that cover each code point once, no two of one class beside one another', () => {
    const ranges = [...CHARACTER_RANGES.replaceAll('\n', '').matchAll(/([OLNS])([0-9a-z]+)/g)];
    expect(ranges.map(([whole]) => whole).join('')).toBe(CHARACTER_RANGES.replaceAll('\n', ''));
    expect(ranges.reduce((sum, [, , count]) => sum + parseInt(count!, 36), 0)).toBe(0x110000);
    ranges.slice(1).forEach(([, name], i) => expect(name).not.toBe(ranges[i]![1]));
  });

  it.each([
    ['a', LETTER],
    ['ß', LETTER],
    ['Я', LETTER],
    ['鯨', LETTER],
    ['𐐷', LETTER],
    ['7', NUMBER],
    ['½', NUMBER],
    ['Ⅷ', NUMBER],
    ['٣', NUMBER],
    [' ', SPACE],
    ['\t', SPACE],
    ['\u00A0', SPACE],
    ['\u3000', SPACE],
    ['!', OTHER],
    ['_', OTHER],
    ['😀', OTHER],
    ['\u200B', OTHER],
  ])('of %j is %d', (character, expected) => expect(classes[character.codePointAt(0)!]).toBe(expected));

  it('are those of Unicode, wherever this version of JavaScript knows the character', () => {
    const differing: string[] = [];
    // Each of the alphabets, and every seventh of the many that follow in long runs.
    for (let code = 0; code < 0x110000; code += code < 0x3400 ? 1 : 7) {
      const character = String.fromCodePoint(code);
      // Characters of a newer Unicode than that of either are unassigned to the other.
      if (/\p{Cn}/u.test(character) || classes[code] === OTHER) continue;
      const expected = /\p{L}/u.test(character) ? LETTER : /\p{N}/u.test(character) ? NUMBER : SPACE;
      if (classes[code] !== expected) differing.push(code.toString(16));
    }
    expect(differing).toEqual([]);
  });
});

import { CHARACTER_RANGES } from './character-ranges';

/** What a character counts as where words are cut. */
const [OTHER, LETTER, NUMBER] = [0, 1, 2] as const;

/** White space. */
export const SPACE = 3;

const NAMES: Readonly<Record<string, number>> = { O: OTHER, L: LETTER, N: NUMBER, S: SPACE };

let made: Uint8Array | undefined;

/** The class of every code point, [1,114,112]; made once. */
export function classesOfCharacters(): Uint8Array {
  if (made) return made;
  made = new Uint8Array(0x110000);
  let at = 0;
  for (const [, name, count] of CHARACTER_RANGES.matchAll(/([OLNS])([0-9a-z\n]+)/g)) {
    const end = at + parseInt(count!.replaceAll('\n', ''), 36);
    made.fill(NAMES[name!]!, at, end);
    at = end;
  }
  return made;
}

import { requireOneOf } from './choices';

/** How text is simplified before it becomes tokens. */
export type Normalisation =
  /** As it is. */
  | 'none'
  /** Lower case, character by character. */
  | 'lowercase'
  /** The 26 letters in lower case, everything else as a space, runs of spaces as one. */
  | 'letters';

/** The normalisations by name. */
export const NORMALISATIONS = ['none', 'lowercase', 'letters'] as const satisfies readonly Normalisation[];

/** Halves of surrogate pairs, which JSON can hold and UTF-8 cannot. */
const HALF_PAIRS = /\p{Surrogate}/gu;

/** Lower case as Python's `tokenizers` writes it: a sigma does not depend on what stands behind it. */
const lowerCase = (text: string): string => text.replaceAll('Σ', 'σ').toLowerCase();

/**
 * The small letter a … z that a character's lower case begins with, as its code; 0 where there is none. Beyond ASCII there are
 * two: the Kelvin sign, and I with a dot, whose lower case is an i with a combining dot.
 */
function letterOf(code: number): number {
  if (code >= 97 && code <= 122) return code;
  if (code >= 65 && code <= 90) return code + 32;
  return code === 0x212a ? 107 : code === 0x130 ? 105 : 0;
}

/** The letters of a text in lower case, one space for whatever stands between two of them. */
function lettersOf(text: string): string {
  const out = new Uint8Array(2 * text.length);
  let [size, isApart] = [0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = letterOf(code);
    if (letter && isApart && size) out[size++] = 32;
    if (letter) out[size++] = letter;
    // The dot of a dotted I is no letter.
    isApart = !letter || code === 0x130;
  }
  return new TextDecoder().decode(out.subarray(0, size));
}

/** @throws InputError for a value that is no normalisation */
export const requireNormalisation = (kind: string): void => requireOneOf('The normalisation', kind, NORMALISATIONS);

/**
 * Applies a normalisation. Halves of surrogate pairs become U+FFFD in `none` and `lowercase`, as they do in UTF-8, and a space in `letters`,
 * like all that is no letter. What is normalised stays as it is when it is normalised again.
 * @throws InputError for another one
 * @example
 * ```ts
 * import { normalise } from '@idlm/data';
 *
 * console.log(normalise('Call me—Ishmael.', 'letters')); // → call me ishmael
 * console.log(normalise('ΟΔΟΣ', 'lowercase')); // → οδοσ
 * ```
 */
export function normalise(text: string, kind: Normalisation): string {
  requireNormalisation(kind);
  if (kind === 'letters') return lettersOf(text);
  const whole = text.replaceAll(HALF_PAIRS, '\uFFFD');
  return kind === 'none' ? whole : lowerCase(whole);
}

/** Code points of a text that are neither of the 26 letters nor white space. */
function countOthers(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (letterOf(code) || code === 32 || code === 10) continue;
    if (text.codePointAt(i)! > 0xffff) i++;
    else if (/\s/.test(text[i]!)) continue;
    count++;
  }
  return count;
}

/**
 * Characters (code points) of a text that a normalisation turns into spaces, drops or replaces. White space that becomes a
 * space and letters that become small are not counted.
 */
export const lostCharacters = (text: string, kind: Normalisation): number =>
  kind === 'letters' ? countOthers(text) : (text.match(HALF_PAIRS)?.length ?? 0);

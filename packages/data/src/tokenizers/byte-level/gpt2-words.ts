import { SPACE, classesOfCharacters } from './character-classes';

/** Where the word of a text that begins at `start` ends; `units` are the text's UTF-16 code units, `start < end`. */
export type WordEnd = (units: Uint16Array, start: number, end: number) => number;

const [BLANK, APOSTROPHE] = [0x20, 0x27];

/** The letters behind an apostrophe that make a word of both: 's, 't, 'm, 'd, and 're, 've, 'll. */
const isShort = (unit: number): boolean => unit === 0x73 || unit === 0x74 || unit === 0x6d || unit === 0x64;
const isLong = (first: number, second: number): boolean =>
  ((first === 0x72 || first === 0x76) && second === 0x65) || (first === 0x6c && second === 0x6c);

/**
 * GPT-2's words, which its regular expression describes:
 * `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`. What is a letter, a number or a space is as in Python's
 * `tokenizers`, whichever Unicode the running Node has.
 * Source: openai/gpt-2, `src/encoder.py`.
 */
export function gpt2Words(): WordEnd {
  const classes = classesOfCharacters();
  const classAt = (units: Uint16Array, at: number, end: number): number => {
    const unit = units[at]!;
    const isPair = (unit & 0xfc00) === 0xd800 && at + 1 < end;
    return isPair ? classes[((unit & 0x3ff) << 10) + (units[at + 1]! & 0x3ff) + 0x10000]! : classes[unit]!;
  };
  /** The end of the run of one class; the second half of a pair has the class of none, and goes with its first. */
  const runEnd = (units: Uint16Array, start: number, end: number, kind: number): number => {
    let at = start;
    while (at < end && classAt(units, at, end) === kind) at += (units[at]! & 0xfc00) === 0xd800 && at + 1 < end ? 2 : 1;
    return at;
  };
  return (units, start, end) => {
    const first = units[start]!;
    if (first === APOSTROPHE && start + 1 < end) {
      if (isShort(units[start + 1]!)) return start + 2;
      if (start + 2 < end && isLong(units[start + 1]!, units[start + 2]!)) return start + 3;
    }
    const begin = first === BLANK && start + 1 < end ? start + 1 : start;
    const kind = classAt(units, begin, end);
    if (kind !== SPACE) return runEnd(units, begin, end, kind);
    const spaces = runEnd(units, start, end, SPACE);
    // The last space before something else belongs to that, or stands alone.
    return spaces === end || spaces === start + 1 ? spaces : spaces - 1;
  };
}

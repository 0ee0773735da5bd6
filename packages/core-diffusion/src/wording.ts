/**
 * Words as a list in a sentence.
 * @example
 * ```ts
 * import { listed } from '@idlm/core-diffusion/errors';
 *
 * console.log(listed(['mdlm', 'duo', 'sedd'])); // → mdlm, duo and sedd
 * ```
 */
export const listed = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' and ');

/**
 * A share in [0, 1] in percent, to three digits.
 * @example
 * ```ts
 * import { percent } from '@idlm/core-diffusion/errors';
 *
 * console.log(percent(1 / 8)); // → 12.5 %
 * ```
 */
export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/** Characters of a given text that a sentence shows at most. */
const MOST_SHOWN = 60;

/**
 * A text that was given, as a sentence shows it: the beginning of one of more than 60 characters, with `…` behind it.
 * @example
 * ```ts
 * import { shortened } from '@idlm/core-diffusion/errors';
 *
 * console.log(shortened('a'.repeat(1000)).length); // → 58
 * ```
 */
export const shortened = (text: string): string =>
  text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3).replace(/[\uD800-\uDBFF]$/, '')}…` : text;

/**
 * A value that was given, as a sentence shows it: as JSON, or as JavaScript has it where it is none, shortened.
 * @example
 * ```ts
 * import { quoted } from '@idlm/core-diffusion/errors';
 *
 * console.log(quoted('mdlm'), quoted([1, 2]), quoted(NaN)); // → "mdlm" [1,2] NaN
 * ```
 */
export const quoted = (value: unknown): string =>
  // JSON has neither infinity nor what is no number.
  shortened((typeof value === 'number' ? undefined : JSON.stringify(value)) ?? String(value));

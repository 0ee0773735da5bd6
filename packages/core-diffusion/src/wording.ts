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

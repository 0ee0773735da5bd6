import { didYouMean, quoted, shortened } from '@idlm/core-diffusion/errors';
import { InputError } from './errors';
import type { EngineOptions } from './open';

/** What each option may be, where it is a word; the threads are a number. */
const WORDS: { readonly [Name in keyof Required<EngineOptions>]: readonly EngineOptions[Name][] | undefined } = {
  prefer: ['auto', 'native', 'wasm', 'cpu'],
  compile: ['auto', 'graph', 'xla', 'off'],
  precision: ['float32', 'tf32', 'bfloat16'],
  threads: undefined,
  freedMemory: ['kept', 'returned'],
};

/**
 * Checks what JavaScript may give, whose types nobody has checked: a mistyped option would silently be its default.
 * @throws InputError for an option that there is not, with the nearest name, and for a value that it cannot have
 */
export function checkOptions(options: EngineOptions): void {
  const names = Object.keys(WORDS);
  for (const [name, value] of Object.entries(options) as [keyof EngineOptions, unknown][]) {
    if (!names.includes(name))
      throw new InputError(
        `An engine has no option "${shortened(name)}"; ${didYouMean(name, names, `it has ${names.join(', ')}.`)}`,
      );
    if (value === undefined) continue;
    const words: readonly unknown[] | undefined = WORDS[name];
    if (words ? !words.includes(value) : !(Number.isSafeInteger(value) && (value as number) >= 1))
      throw new InputError(
        `Option "${name}" of an engine is ${words ? `one of ${words.join(', ')}` : 'a whole number of at least 1'}; ${quoted(value)} was given.`,
      );
  }
}

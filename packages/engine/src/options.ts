import { didYouMean, quoted, shortened } from '@idlm/core-diffusion/errors';
import type { CompileMode, EngineName, FreedMemory, Precision } from './engine';
import { InputError } from './errors';

/** Which engine to open, and how. */
export interface EngineOptions {
  /** A certain engine, or the best that is present (default). */
  readonly prefer?: EngineName | 'auto';
  /**
   * Whether whole steps become one TensorFlow function: `auto` (default) means `graph` on native; `xla` takes seconds at
   * the first call of each list of shapes, then is faster where elementwise work dominates. The other engines never do.
   */
  readonly compile?: CompileMode | 'auto';
  /** Of products of matrices; default: float32 on CPUs, TF32 on GPUs. Counts at the first opening: another one is refused later. */
  readonly precision?: Precision;
  /**
   * Threads within one op (default: `TF_NUM_INTRAOP_THREADS`, else one for each core that the process may use). Counts at
   * the first opening.
   */
  readonly threads?: number;
  /** What native does with memory that is free again (default `kept`). Counts at the first opening. */
  readonly freedMemory?: FreedMemory;
}

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

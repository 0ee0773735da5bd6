import { quoted, shortened } from './wording';
import { InputError } from './errors';
import { didYouMean } from './nearest-name';
import {
  type OptionDeclarations,
  type OptionsOf,
  declarationOf,
  intervalOf,
  isOfKind,
  isWithinRange,
  kindInWords,
} from './option-declarations';
import type { Json } from './spec';

/**
 * Checks the options of a choice that come from JSON, gives them their type, and fills in declared defaults. Entries of a registry
 * declare theirs and need not call it.
 * @param what the choice in messages, such as `'the log-linear schedule'`
 * @param declared every option there is, as its kind or as a declaration
 * @throws InputError naming the option that is unknown (with the nearest name) or of the wrong kind
 */
export function readOptions<const Declared extends OptionDeclarations>(
  what: string,
  options: Readonly<Record<string, Json>>,
  declared: Declared,
): OptionsOf<Declared> {
  const names = Object.keys(declared);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(declared, name)) {
      const help = didYouMean(name, names, `it has ${names.join(', ') || 'none'}.`);
      throw new InputError(`${what} has no option "${shortened(name)}"; ${help}`);
    }
    const { kind } = declarationOf(declared[name]!);
    if (!isOfKind(kind, value))
      throw new InputError(`Option "${name}" of ${what} must be ${kindInWords(kind)}; ${quoted(value)} was given.`);
  }
  const defaults = names.flatMap((name) => {
    const { default: standing } = declarationOf(declared[name]!);
    return standing === undefined ? [] : [[name, standing] as const];
  });
  return { ...Object.fromEntries(defaults), ...options } as OptionsOf<Declared>;
}

/**
 * Refuses numbers outside their declared ranges.
 * @throws InputError naming the option and its range
 */
export function requireRanges(
  what: string,
  options: Readonly<Record<string, unknown>>,
  declared: OptionDeclarations,
): void {
  for (const [name, value] of Object.entries(options)) {
    const range = declarationOf(declared[name]!);
    if (typeof value !== 'number' || isWithinRange(value, range)) continue;
    const interval = intervalOf(range);
    const expected = `${range.whole ? 'be a whole number' : 'lie'}${interval ? ` in ${interval}` : ''}`;
    throw new InputError(`Option "${name}" of ${what} must ${expected}; ${value} was given.`);
  }
}

/**
 * Holds what an entry declares against what there is, when it is registered.
 * @throws InputError for a kind that there is not, and a default that is not of its kind or range
 */
export function requireDeclarations(named: string, declared: OptionDeclarations): void {
  const kinds = ['number', 'numbers', 'boolean', 'string', 'spec'];
  for (const [name, one] of Object.entries(declared)) {
    const { kind, default: standing, ...range } = declarationOf(one ?? ({} as never));
    const isList = Array.isArray(kind) && kind.every((word) => typeof word === 'string');
    if (!isList && !kinds.includes(kind as string))
      throw new InputError(
        `${named} declares its option "${name}" with the kind ${JSON.stringify(kind)}; it must be one of ${kinds.join(', ')}, or a list of words.`,
      );
    if (standing === undefined) continue;
    if (!isOfKind(kind, standing) || (typeof standing === 'number' && !isWithinRange(standing, range)))
      throw new InputError(
        `${named} declares its option "${name}" with the default ${JSON.stringify(standing)}, which it could not be set to.`,
      );
  }
}

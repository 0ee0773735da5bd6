import { InputError } from './errors';
import { nearest } from './nearest-name';
import type { Json, Spec } from './spec';

/** What an option may be: a number, a list of numbers, a truth value, any text, a specification of another choice, or one of some words. */
export type OptionKind = 'number' | 'numbers' | 'boolean' | 'string' | 'spec' | readonly string[];

type OptionValue<Kind extends OptionKind> = Kind extends 'number'
  ? number
  : Kind extends 'numbers'
    ? readonly number[]
    : Kind extends 'boolean'
      ? boolean
      : Kind extends 'string'
        ? string
        : Kind extends readonly (infer Word)[]
          ? Word
          : Spec | string;

function accepts(kind: OptionKind, value: Json): boolean {
  if (kind === 'numbers') return Array.isArray(value) && value.every((one) => typeof one === 'number');
  if (typeof kind === 'string' && kind !== 'spec') return typeof value === kind;
  if (kind === 'spec')
    return typeof value === 'string' || (typeof value === 'object' && value !== null && 'name' in value);
  return typeof value === 'string' && kind.includes(value);
}

/**
 * Checks the options of a choice that come from JSON and gives them their type.
 * @param what the choice in messages, such as `'the log-linear schedule'`
 * @param kinds every option there is, with its kind
 * @throws InputError naming the option that is unknown (with the nearest name) or of the wrong kind
 */
export function readOptions<const Kinds extends Readonly<Record<string, OptionKind>>>(
  what: string,
  options: Readonly<Record<string, Json>>,
  kinds: Kinds,
): { readonly [Name in keyof Kinds]?: OptionValue<Kinds[Name]> } {
  const names = Object.keys(kinds);
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!kind) {
      const close = nearest(name, names);
      throw new InputError(
        `${what} has no option "${name}"; ${close ? `did you mean "${close}"?` : `it has ${names.join(', ') || 'none'}.`}`,
      );
    }
    if (!accepts(kind, value)) {
      const expected = Array.isArray(kind)
        ? `one of ${kind.join(', ')}`
        : kind === 'spec'
          ? 'a name or { name, options }'
          : kind === 'numbers'
            ? 'a list of numbers'
            : kind === 'string'
              ? 'a text'
              : `a ${String(kind)}`;
      throw new InputError(`Option "${name}" of ${what} must be ${expected}; ${JSON.stringify(value)} was given.`);
    }
  }
  return options as { readonly [Name in keyof Kinds]?: OptionValue<Kinds[Name]> };
}

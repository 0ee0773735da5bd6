import { InputError, UnknownName } from './errors';
import { nearest } from './nearest-name';
import { ENTRY, type Members, requireMembers, requireOwnSpec } from './required-members';
import type { Json, Spec } from './spec';

/** One named choice: a sentence for `--help` and the function that makes the value from its options and context. */
export interface Entry<Value, Context> {
  readonly description: string;
  readonly create: (options: Readonly<Record<string, Json>>, context: Context) => Value;
}

/** The choices of one kind; a user's own package adds to them with `register`. */
export interface Registry<Value, Context = void> {
  /** Adds a choice. @throws InputError if the name is taken, or the entry lacks a description or `create` */
  register(name: string, entry: Entry<Value, Context>): void;
  /** The choice of a name. @throws UnknownName naming the nearest one if there is none */
  get(name: string): Entry<Value, Context>;
  /**
   * Makes the value that `spec` names.
   * @throws UnknownName naming the nearest choice if there is none of that name; InputError if what was registered makes a value that lacks
   * a member of the contract, or whose `spec` has another name
   */
  create(spec: Spec | string, context: Context): Value;
  /** All choices, in the order of registration. */
  entries(): readonly (readonly [name: string, entry: Entry<Value, Context>])[];
}

/** Values by name. */
export interface Choices<Value> {
  /** Adds a choice. @throws InputError if the name is taken, or the value lacks a member of the contract */
  register(name: string, value: Value): void;
  /** The choice of a name; undefined where there is none. */
  find(name: string): Value | undefined;
  /** The choice of a name. @throws UnknownName naming the nearest one if there is none */
  get(name: string): Value;
  /** All choices, in the order of registration. */
  entries(): readonly (readonly [name: string, value: Value])[];
}

/**
 * Choices that others may add to.
 * @param what the kind of choice in messages, such as `'network'`
 * @param first the choices that there are from the start (default: none)
 * @param members what every choice that is added must have (default: nothing is asked)
 */
export function createChoices<Value>(
  what: string,
  first: Readonly<Record<string, Value>> = {},
  members: Members<Value> = {},
): Choices<Value> {
  const choices = new Map(Object.entries(first));
  return {
    register(name, value) {
      requireMembers(`What is registered as the ${what} "${name}"`, value, members);
      if (choices.has(name))
        throw new InputError(`A ${what} named "${name}" is registered already; choose another name.`);
      choices.set(name, value);
    },
    find: (name) => choices.get(name),
    get(name) {
      const found = choices.get(name);
      if (found !== undefined) return found;
      const names = [...choices.keys()];
      const close = nearest(name, names);
      throw new UnknownName(
        `There is no ${what} named "${name}"; ${close ? `did you mean "${close}"?` : `choose one of ${names.join(', ')}.`}`,
      );
    },
    entries: () => [...choices],
  };
}

/**
 * A registry that others may add to. Made of its first entries by one call that is marked
 * `@__PURE__`, it is left out of bundles that name none of its values.
 * @param what the kind of choice in messages, such as `'sampler'`
 * @param first the entries that there are from the start (default: none)
 * @param contract members that every value must have, or a check that throws an InputError and calls the value `named` (default:
 * nothing is asked)
 */
export function createRegistry<Value, Context = void>(
  what: string,
  first?: Readonly<Record<string, Entry<Value, Context>>>,
  contract: Members<Awaited<Value>> | ((named: string, value: Awaited<Value>) => void) = {},
): Registry<Value, Context> {
  const { register, get, entries } = createChoices(what, first, ENTRY);
  return {
    register,
    get,
    create(spec, context) {
      const { name, options = {} } = typeof spec === 'string' ? { name: spec } : spec;
      const check = (value: Awaited<Value>): Awaited<Value> => {
        const named = `The ${what} "${name}"`;
        if (typeof contract === 'function') contract(named, value);
        else requireMembers(named, value, contract);
        requireOwnSpec(named, name, value);
        return value;
      };
      const made = get(name).create(options, context);
      return made instanceof Promise ? (made.then(check) as Value) : check(made as Awaited<Value>);
    },
    entries,
  };
}

import { shortened } from './wording';
import { InputError, UnknownName } from './errors';
import { didYouMean } from './nearest-name';
import type { OptionDeclarations, OptionsOf } from './option-declarations';
import { readOptions, requireDeclarations, requireRanges } from './options';
import { ENTRY, type Members, requireMembers, requireOwnSpec } from './required-members';
import type { Spec } from './spec';

/** One named choice: a sentence for `--help`, its options, and the function that makes the value from these and a context. */
export interface Entry<Value, Context, Declared extends OptionDeclarations = OptionDeclarations> {
  readonly description: string;
  /** Its options, which the registry reads and checks (default: it declares none, and `create` is given what stands in the JSON). */
  readonly options?: Declared;
  /** @param options as they are declared, with their defaults */
  create(options: OptionsOf<Declared>, context: Context): Value;
}

/** Gives the `create` of an entry the types of the options that it declares. */
export type DefineEntry<Value, Context> = <const Declared extends OptionDeclarations = OptionDeclarations>(
  entry: Entry<Value, Context, Declared>,
) => Entry<Value, Context>;

/** The choices of one kind; a user's own package adds to them with `register`. */
export interface Registry<Value, Context = void> {
  /**
   * Adds a choice.
   * @throws InputError if the name is taken, the entry lacks a description or `create`, or declares an option that cannot be
   */
  register<const Declared extends OptionDeclarations = OptionDeclarations>(
    name: string,
    entry: Entry<Value, Context, Declared>,
  ): void;
  /** The choice of a name. @throws UnknownName naming the nearest one if there is none */
  get(name: string): Entry<Value, Context>;
  /**
   * The choice that `spec` names with its options as the entry declares them, defaults included; nothing is made.
   * @throws UnknownName as `get`; InputError for an option that is not declared, or is of another kind
   */
  withDefaults(spec: Spec | string): Required<Spec>;
  /**
   * Makes the value that `spec` names, of its options as the entry declares them.
   * @throws UnknownName naming the nearest choice if there is none of that name; InputError for an option that is not declared, or is of
   * another kind or outside its range, and if what was registered makes a value that lacks a member of the contract, or whose `spec` has
   * another name
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
      throw new UnknownName(`There is no ${what} named "${shortened(name)}"; ${didYouMean(name, [...choices.keys()])}`);
    },
    entries: () => [...choices],
  };
}

/**
 * A registry that others may add to. Made of its first entries by one call that is marked
 * `@__PURE__`, it is left out of bundles that name none of its values.
 * @param what the kind of choice in messages, such as `'sampler'`
 * @param first the entries that there are from the start (default: none), or a function that gives them, each handed through
 * `define`, by which its `create` has typed options
 * @param contract members that every value must have, or a check that throws an InputError and calls the value `named` (default:
 * nothing is asked)
 */
export function createRegistry<Value, Context = void>(
  what: string,
  first:
    | Readonly<Record<string, Entry<Value, Context>>>
    | ((define: DefineEntry<Value, Context>) => Readonly<Record<string, Entry<Value, Context>>>) = {},
  contract: Members<Awaited<Value>> | ((named: string, value: Awaited<Value>) => void) = {},
): Registry<Value, Context> {
  const define: DefineEntry<Value, Context> = (entry) => entry as Entry<Value, Context>;
  const { register, get, entries } = createChoices(what, typeof first === 'function' ? first(define) : first, ENTRY);
  // A "noise schedule" is a schedule once it stands beside its name.
  const noun = what.split(' ').at(-1)!;
  const withDefaults = (spec: Spec | string): Required<Spec> => {
    const { name, options = {} } = typeof spec === 'string' ? { name: spec } : spec;
    const { options: declared } = get(name);
    return { name, options: declared ? readOptions(`the ${name} ${noun}`, options, declared) : options };
  };
  return {
    register(name, entry) {
      if (entry.options) requireDeclarations(`What is registered as the ${what} "${name}"`, entry.options);
      register(name, entry as Entry<Value, Context>);
    },
    get,
    withDefaults,
    create(spec, context) {
      const { name, options } = withDefaults(spec);
      const entry = get(name);
      const check = (value: Awaited<Value>): Awaited<Value> => {
        // Behind `create`: what a part says of its own ranges says more.
        if (entry.options) requireRanges(`the ${name} ${noun}`, options, entry.options);
        const named = `The ${what} "${name}"`;
        if (typeof contract === 'function') contract(named, value);
        else requireMembers(named, value, contract);
        requireOwnSpec(named, name, value);
        return value;
      };
      const made = entry.create(options, context);
      return made instanceof Promise ? (made.then(check) as Value) : check(made as Awaited<Value>);
    },
    entries,
  };
}

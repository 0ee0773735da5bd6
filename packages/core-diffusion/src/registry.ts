import { InputError } from './errors';
import { nearest } from './nearest-name';
import type { Json, Spec } from './spec';

/** One named choice: a sentence for `--help` and the function that makes the value from its options and context. */
export interface Entry<Value, Context> {
  readonly description: string;
  readonly create: (options: Readonly<Record<string, Json>>, context: Context) => Value;
}

/** The choices of one kind; a user's own package adds to them with `register`. */
export interface Registry<Value, Context = void> {
  /** Adds a choice. @throws InputError if the name is taken. */
  register(name: string, entry: Entry<Value, Context>): void;
  /** Makes the value that `spec` names. @throws InputError naming the nearest choice if there is none of that name. */
  create(spec: Spec | string, context: Context): Value;
  /** All choices, in the order of registration. */
  entries(): readonly (readonly [name: string, entry: Entry<Value, Context>])[];
}

/**
 * An empty registry.
 * @param what the kind of choice in messages, such as `'sampler'`
 */
export function createRegistry<Value, Context = void>(what: string): Registry<Value, Context> {
  const choices = new Map<string, Entry<Value, Context>>();
  return {
    register(name, entry) {
      if (choices.has(name))
        throw new InputError(`A ${what} named "${name}" is registered already; choose another name.`);
      choices.set(name, entry);
    },
    create(spec, context) {
      const { name, options = {} } = typeof spec === 'string' ? { name: spec } : spec;
      const entry = choices.get(name);
      if (!entry) {
        const names = [...choices.keys()];
        const close = nearest(name, names);
        throw new InputError(
          `There is no ${what} named "${name}"; ${close ? `did you mean "${close}"?` : `choose one of ${names.join(', ')}.`}`,
        );
      }
      return entry.create(options, context);
    },
    entries: () => [...choices],
  };
}

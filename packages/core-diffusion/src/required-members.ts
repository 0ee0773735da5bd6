import { InputError } from './errors';

/** What `typeof` says of the members that a value must have. */
export type Members<Value> = {
  readonly [Name in keyof Value]?: 'boolean' | 'function' | 'number' | 'object' | 'string';
};

/** What every entry of a registry has. */
export const ENTRY = { description: 'string', create: 'function' } as const;

const article = (type: string): string => (type === 'object' ? 'an object' : `a ${type}`);

/**
 * Holds what others wrote against its contract when it is made, so that what is missing is told by name, and not where it is
 * called first.
 * @param named what the value is called in messages, such as `The sampler "mine"`
 * @throws InputError if it is nothing, or lacks a member
 */
export function requireMembers<Value>(named: string, value: Value, members: Members<Value>): void {
  const required = Object.entries(members) as [keyof Value & string, string][];
  if (required.length && (typeof value !== 'object' || value === null))
    throw new InputError(
      `${named} is ${value instanceof Function ? 'a function' : String(value)}; it must be an object with ${required.map(([name]) => name).join(', ')}.`,
    );
  for (const [name, type] of required)
    if (typeof value[name] !== type || value[name] === null)
      throw new InputError(`${named} lacks ${name}, which must be ${article(type)}.`);
}

/**
 * Files name a value by its `spec`: with the name of what it was made of, they would be read as that without a word.
 * @throws InputError if a value has the `spec` of another name
 */
export function requireOwnSpec(named: string, name: string, value: unknown): void {
  const { spec } = (value ?? {}) as { readonly spec?: { readonly name?: unknown } };
  if (spec && spec.name !== name)
    throw new InputError(
      `${named} has a spec of the name ${JSON.stringify(spec.name)}, by which files would name it; give it spec: { name: "${name}", options }.`,
    );
}

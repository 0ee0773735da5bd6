import { InputError, type Spec, families } from '@idlm/core-diffusion';
import type { ConfigFields } from '../networks/network-type';
import { importAdvice, modelOrigin } from './origin';

/**
 * The family that a `config.json` names with its options; undefined where it has none.
 * @param what the file in messages
 * @throws InputError if what stands there is no name with options, or no family of that name is registered
 */
export function modelFamily(fields: ConfigFields, what: string): Spec | undefined {
  const { family } = fields;
  if (family === undefined || family === null) return undefined;
  const { name, options = {} } = family as { name?: unknown; options?: unknown };
  if (!(typeof name === 'string' && typeof options === 'object' && options !== null && !Array.isArray(options)))
    throw new InputError(`${what} has a family that is no { name, options }; leave it out, or set it to the model's.`);
  const names = families.entries().map(([known]) => known);
  if (!names.includes(name))
    throw new InputError(
      `${what} is of the family "${name}"; this knows ${names.join(', ')}, and others once they are registered: ${importAdvice(modelOrigin(fields))}.`,
    );
  return { name, options: options as NonNullable<Spec['options']> };
}

import { InputError, type Json } from '@idlm/core-diffusion';

/** A value in which two JSON values differ. */
export interface JsonDifference {
  /** Dotted, such as `model.vocab_size`. */
  readonly path: string;
  readonly saved: Json | undefined;
  readonly given: Json | undefined;
}

const isObject = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The values in which two JSON values differ, down to lists; the order of keys does not count. */
export function differences(saved: Json | undefined, given: Json | undefined, path = ''): JsonDifference[] {
  if (!isObject(saved) || !isObject(given))
    return JSON.stringify(saved) === JSON.stringify(given) ? [] : [{ path, saved, given }];
  const keys = [...new Set([...Object.keys(saved), ...Object.keys(given)])];
  return keys.flatMap((key) => differences(saved[key], given[key], path ? `${path}.${key}` : key));
}

/** A value in a message. */
export const show = (value: Json | undefined): string => (value === undefined ? 'none' : JSON.stringify(value));

/**
 * Refuses to go on from a checkpoint of something else.
 * @throws InputError naming the first value that differs, as saved and as given
 */
export function checkIdentity(what: string, saved: Json, given: Json): void {
  const [found] = differences(saved, given);
  if (!found) return;
  throw new InputError(
    `${what} was made with ${found.path} ${show(found.saved)} and this run has ${show(found.given)}; set it back to resume, or start a new run.`,
  );
}

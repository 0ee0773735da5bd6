import { InputError, type Json } from '@idlm/core-diffusion';

interface Difference {
  /** Dotted, such as `model.vocab_size`. */
  readonly path: string;
  readonly saved: Json | undefined;
  readonly given: Json | undefined;
}

const isObject = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The first value in which two JSON values differ; the order of keys does not count. */
export function firstDifference(saved: Json | undefined, given: Json | undefined, path = ''): Difference | undefined {
  if (!isObject(saved) || !isObject(given))
    return JSON.stringify(saved) === JSON.stringify(given) ? undefined : { path, saved, given };
  for (const key of new Set([...Object.keys(saved), ...Object.keys(given)])) {
    const found = firstDifference(saved[key], given[key], path ? `${path}.${key}` : key);
    if (found) return found;
  }
  return undefined;
}

const show = (value: Json | undefined): string => (value === undefined ? 'none' : JSON.stringify(value));

/**
 * Refuses to go on from a checkpoint of something else.
 * @throws InputError naming the first value that differs, as saved and as given
 */
export function checkIdentity(what: string, saved: Json, given: Json): void {
  const found = firstDifference(saved, given);
  if (!found) return;
  throw new InputError(
    `${what} was made with ${found.path} ${show(found.saved)} and this run has ${show(found.given)}; set it back to resume, or start a new run.`,
  );
}

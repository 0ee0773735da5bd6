import { didYouMean, isInputError, quoted, shortened } from '@idlm/core-diffusion';
import type { z } from 'zod';
import { type Field, type Path, expectation, fieldAt, fieldNames } from './fields';

/** Something wrong with a configuration. */
export interface Problem {
  /** The field, or the section with a field too many. */
  readonly path: Path;
  /** True: `path` is a name that should not be there, not a value. */
  readonly unknown: boolean;
  readonly sentence: string;
}

const shown = (path: Path): string => path.join('.') || 'The configuration';

/** The value that a path leads to. */
const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((section, name) => (section as Record<string, unknown> | undefined)?.[name], value);

/** A sentence on a name that is no field, with the nearest one. */
export function unknownField(path: Path): Problem {
  const section = path.slice(0, -1);
  const names = fieldNames(fieldAt(section) ?? {});
  const name = String(path.at(-1));
  const where = shown(section);
  const help = didYouMean(name, names, names.length ? `it has ${names.join(', ')}.` : 'it is no section.');
  return { path, unknown: true, sentence: `${where} has no field "${shortened(name)}"; ${help}` };
}

/**
 * A sentence on a value that its schema does not take: what it does take, and what was given.
 * @param given the whole of which the path leads to the value
 * @param root what the whole takes (default: the configuration)
 */
export const mustBe = (path: Path, given: unknown, root?: Field): string =>
  `${shown(path)} must be ${expectation(fieldAt(path, root) ?? {})}; ${quoted(valueAt(given, path))} was given.`;

/** A failed validation in sentences of ours: one for each field, from what the schema says that it accepts. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], given: unknown): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField([...path, key]));
    return [{ path, unknown: false, sentence: mustBe(path, given) }];
  });
}

/** What is said against a value when it is put to use. */
export function refusal(path: Path, use: () => unknown): Problem[] {
  try {
    use();
    return [];
  } catch (error) {
    if (!isInputError(error)) throw error;
    return [{ path, unknown: false, sentence: error.message }];
  }
}

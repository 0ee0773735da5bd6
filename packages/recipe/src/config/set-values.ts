import { type Path, fieldAt, isChoice } from './fields';
import type { LoadedConfig } from './load';
import type { ConfigValues } from './schema';

/** The path of a field as a whole: what lies within a choice by name, or a list, is no field of its own. */
function wholeField(path: string): Path {
  const names = path.split('.');
  const choice = names.findIndex((_, depth) => isChoice(fieldAt(names.slice(0, depth + 1))));
  return choice < 0 ? names : names.slice(0, choice + 1);
}

type Section = Record<string, unknown>;

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((section, name) => (section as Section | undefined)?.[name], value);

/** A copy of a section with a value put where a path leads. */
function put(section: Section, [name, ...rest]: Path, value: unknown): Section {
  return { ...section, [name!]: rest.length ? put((section[name!] ?? {}) as Section, rest, value) : value };
}

/** The values of a configuration that somebody has set: all but defaults. */
export const setValues = ({ config, origins }: LoadedConfig): ConfigValues =>
  Object.keys(origins)
    .map(wholeField)
    .reduce<Section>((all, path) => put(all, path, valueAt(config, path)), {});

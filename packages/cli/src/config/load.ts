import { readFile } from 'node:fs/promises';
import { InputError } from '@idlm/core-diffusion';
import { checkConfig } from './checks';
import { type Path, fieldAt } from './fields';
import { type Override, applyOverride, readEnvironment, readSettings } from './overrides';
import { type Problem, problemsOf } from './problems';
import { type Config, configSchema } from './schema';
import { type YamlFile, parseYaml } from './yaml-file';

/** What a configuration is made from; later ones win. */
export interface ConfigSources {
  /** Text of the file and its name in messages; without one, defaults alone. */
  readonly file?: { readonly text: string; readonly name: string };
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `--set a.b=c`. */
  readonly settings?: readonly string[];
  /** Fields set by flags of their own, such as `--engine`. */
  readonly flags?: readonly Override[];
}

/** A complete, valid configuration. */
export interface LoadedConfig {
  readonly config: Config;
  /** What set a field or section, such as `idlm.yaml`, `IDLM_SEED` or `--set`; the rest are defaults. */
  readonly origins: Readonly<Record<string, string>>;
}

const startsWith = (path: Path, start: Path) => start.every((name, i) => String(path[i]) === String(name));

/** The same values with {} for null where a section is: what YAML reads when all of its fields are commented out. */
function fillSections(value: unknown, path: Path = []): unknown {
  if (!fieldAt(path)?.properties) return value;
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value as object).map(([name, inner]) => [name, fillSections(inner, [...path, name])]),
  );
}

/** A problem with where it comes from. */
function located({ path, unknown, sentence }: Problem, overrides: readonly Override[], file?: YamlFile): string {
  const setter = overrides.findLast((one) => startsWith(path, one.path) || startsWith(one.path, path));
  if (setter) return `${setter.origin} ${setter.path.join('.')}: ${sentence}`;
  return file ? `${unknown ? file.locateName(path) : file.locate(path)}: ${sentence}` : sentence;
}

/** Paths of all values of a file, down to lists. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}

function originsOf(
  file: ConfigSources['file'],
  value: unknown,
  overrides: readonly Override[],
): Record<string, string> {
  const fromFile = file ? leaves(value).map((path) => [path.join('.'), file.name]) : [];
  const set = overrides.map(({ path, origin }) => [path.join('.'), origin]);
  return Object.fromEntries([...fromFile, ...set].filter(([path]) => path)) as Record<string, string>;
}

/**
 * A configuration from a file, the environment and flags, checked as a whole.
 * @throws InputError with one line for each thing wrong: where, what was given, what is expected
 */
export function resolveConfig({ file, environment = {}, settings = [], flags = [] }: ConfigSources): LoadedConfig {
  const yaml = file && parseYaml(file.text, file.name);
  const overrides = [...readEnvironment(environment), ...flags, ...readSettings(settings)];
  const given = overrides.reduce<unknown>((value, one) => applyOverride(value, one), fillSections(yaml?.value ?? {}));
  const parsed = configSchema.safeParse(given);
  const problems = parsed.success ? checkConfig(parsed.data) : problemsOf(parsed.error.issues, given);
  if (problems.length) throw new InputError(problems.map((one) => located(one, overrides, yaml)).join('\n'));
  return { config: parsed.data!, origins: originsOf(file, yaml?.value, overrides) };
}

/**
 * Reads a configuration file and resolves it.
 * @throws InputError if the file cannot be read, or as `resolveConfig`
 */
export async function loadConfig(path: string, sources: Omit<ConfigSources, 'file'> = {}): Promise<LoadedConfig> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(
      error.code === 'ENOENT'
        ? `${path} does not exist; write a configuration with "idlm init", or name one.`
        : `${path} cannot be read (${error.code}); name a configuration file.`,
    );
  });
  return resolveConfig({ ...sources, file: { text, name: path } });
}

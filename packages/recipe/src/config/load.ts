import { readFile } from 'node:fs/promises';
import { InputError } from '@idlm/core-diffusion';
import { importModules } from '../imports/modules';
import { checkConfig } from './checks';
import { type Path, fieldAt, isWithin } from './fields';
import { importsOf } from './imports';
import { type Override, applyOverride, readEnvironment, readSettings, requireAgreement } from './overrides';
import { readPreset } from './presets';
import { type Problem, problemsOf } from './problems';
import { type Config, type ConfigValues, configSchema } from './schema';
import type { ConfigSources } from './sources';
import { type YamlFile, parseYaml } from './yaml-file';

/** A complete, valid configuration. */
export interface LoadedConfig {
  readonly config: Config;
  /** What set a field or section, such as `idlm.yaml`, `IDLM_SEED`, `preset duo` or `--set`; the rest are defaults. */
  readonly origins: Readonly<Record<string, string>>;
}

/** What set a field, anything within it, or what it is within, such as `--set`; undefined where all of it is as by default. */
export const originOf = ({ origins }: LoadedConfig, field: string): string | undefined =>
  Object.entries(origins).findLast(([path]) => isWithin(path, field) || isWithin(field, path))?.[1];

/** What a preset's file is called as the origin of a field. */
const presetOrigin = (name: string): string => `preset ${name}`;

/** Whether a preset has set a field, and nobody since. */
export const isOfPreset = (loaded: LoadedConfig, field: string): boolean =>
  originOf(loaded, field)?.startsWith(presetOrigin('')) ?? false;

const startsWith = (path: Path, start: Path) => start.every((name, i) => String(path[i]) === String(name));

/** The same values with {} for null where a section is: what YAML reads when all of its fields are commented out. */
function fillSections(value: unknown, path: Path = []): unknown {
  if (!fieldAt(path)?.properties) return value;
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fillSections(inner, [...path, name])]));
}

/** The values of a file over those of a preset: sections field by field, all else as a whole. */
function layered(below: unknown, above: unknown, path: Path = []): unknown {
  if (above === undefined) return below;
  if (!fieldAt(path)?.properties || typeof above !== 'object' || Array.isArray(above)) return above;
  const [lower, upper] = [below ?? {}, above] as Record<string, unknown>[];
  const names = new Set([...Object.keys(lower!), ...Object.keys(upper!)]);
  return Object.fromEntries([...names].map((name) => [name, layered(lower![name], upper![name], [...path, name])]));
}

/** A sentence against what set a field, which is told once: a flag and a variable name theirs, and many sentences begin with it. */
function blamed({ origin, path }: Override, sentence: string): string {
  const field = path.join('.');
  if (origin !== '--set') return `${origin}: ${sentence}`;
  return sentence.startsWith(`${field} `) ? `${origin} ${sentence}` : `${origin} ${field}: ${sentence}`;
}

/** A problem with where it comes from. */
function located({ path, unknown, sentence }: Problem, overrides: readonly Override[], file?: YamlFile): string {
  const setter = overrides.findLast((one) => startsWith(path, one.path) || startsWith(one.path, path));
  if (setter) return blamed(setter, sentence);
  return file ? `${unknown ? file.locateName(path) : file.locate(path)}: ${sentence}` : sentence;
}

/** Paths of all values of a file, down to lists; a section whose fields are all comments has none. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (value === null && fieldAt(path)?.properties) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}

const valuesAsFile = (value: ConfigValues): YamlFile => ({
  name: 'set',
  value: JSON.parse(JSON.stringify(value)),
  locate: () => 'set',
  locateName: () => 'set',
});

/** The files below the overrides, lowest first, with the names that messages have for them. */
function readFiles({ base, preset, file, set }: ConfigSources): YamlFile[] {
  const begun = base && { text: JSON.stringify(base.config), name: base.name };
  const found = preset === undefined ? undefined : { text: readPreset(preset).text, name: presetOrigin(preset) };
  const read = [begun, found, file].filter((one) => one !== undefined).map(({ text, name }) => parseYaml(text, name));
  return set ? [...read, valuesAsFile(set)] : read;
}

function originsOf(files: readonly YamlFile[], overrides: readonly Override[]): Record<string, string> {
  const fromFiles = files.flatMap(({ name, value }) => leaves(value).map((path) => [path.join('.'), name]));
  const set = overrides.map(({ path, origin }) => [path.join('.'), origin]);
  return Object.fromEntries([...fromFiles, ...set].filter(([path]) => path)) as Record<string, string>;
}

/** All imports as one field. */
function importing(sources: ConfigSources): Override[] {
  const imports = importsOf(sources);
  return imports.length
    ? [{ path: ['imports'], value: imports, origin: sources.imports?.length ? '--import' : 'imports' }]
    : [];
}

/**
 * A configuration from a preset, a file, the environment and flags, checked as a whole. Its imports are loaded already.
 * @throws InputError with one line for each thing wrong: where, what was given, what is expected
 */
export function resolveConfig(sources: ConfigSources): LoadedConfig {
  const { environment = {}, flags = [] } = sources;
  const settings = readSettings(sources.settings ?? []);
  requireAgreement(flags, settings);
  const files = readFiles(sources);
  const written = files.reduce<unknown>((below, { value }) => layered(below, fillSections(value)), {});
  const overrides = [...readEnvironment(environment), ...settings, ...flags, ...importing(sources)];
  const given = overrides.reduce<unknown>((value, one) => applyOverride(value, one), written);
  const parsed = configSchema.safeParse(given);
  const problems = parsed.success ? checkConfig(parsed.data) : problemsOf(parsed.error.issues, given);
  if (problems.length) throw new InputError(problems.map((one) => located(one, overrides, files.at(-1))).join('\n'));
  return { config: parsed.data!, origins: originsOf(files, overrides) };
}

/** The text of a configuration. @throws InputError if the file cannot be read */
async function readConfigFile(path: string): Promise<NonNullable<ConfigSources['file']>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(
      error.code === 'ENOENT'
        ? `${path} does not exist; write a configuration with "idlm init", or name one.`
        : `${path} cannot be read (${error.code}); name a configuration file.`,
    );
  });
  return { text, name: path };
}

/**
 * Reads a configuration file, where one is named, and loads what it and all else that is given import, so that the names that
 * register there are known. Nothing else is checked.
 * @returns what is given, with the text of the file
 * @throws InputError if the file cannot be read or a module cannot be loaded
 */
export async function importConfigured(
  path: string | undefined,
  given: Omit<ConfigSources, 'file'> = {},
): Promise<ConfigSources> {
  const sources = path === undefined ? given : { ...given, file: await readConfigFile(path) };
  await importModules(importsOf(sources));
  return sources;
}

/**
 * Reads a configuration file, where one is named, loads what the configuration imports, and resolves it.
 * @throws InputError as `importConfigured` and `resolveConfig`
 */
export const loadConfig = async (
  path: string | undefined,
  given: Omit<ConfigSources, 'file'> = {},
): Promise<LoadedConfig> => resolveConfig(await importConfigured(path, given));

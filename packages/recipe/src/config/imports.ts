import { dirname } from 'node:path';
import { seenFromHere } from '../imports/specifier';
import { readSettings } from './overrides';
import type { ConfigSources } from './sources';
import { parseYaml } from './yaml-file';

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');

/** The imports that a configuration's text names; none where what stands there is no list of names, which its check tells. */
function namedIn({ text, name }: NonNullable<ConfigSources['file']>): string[] {
  // Most name none, and need not be parsed for it.
  if (!text.includes('imports')) return [];
  const value = parseYaml(text, name).value as { readonly imports?: unknown } | null;
  return isTexts(value?.imports) ? value.imports.map((one) => seenFromHere(one, dirname(name))) : [];
}

/** The imports that `--set` names. */
const namedBySettings = (settings: readonly string[]): string[] =>
  readSettings(settings.filter((setting) => setting.trimStart().startsWith('imports'))).flatMap(({ value }) =>
    isTexts(value) ? value : [],
  );

/**
 * The modules that a configuration imports, each once: those of the run below it, of its file, and of the command line. None takes
 * the place of another. Files are seen from where the command runs.
 */
export function importsOf({ base, file, settings = [], imports = [] }: ConfigSources): string[] {
  const commanded = [...namedBySettings(settings), ...imports].map((one) => seenFromHere(one, '.'));
  return [...new Set([...(base?.config.imports ?? []), ...(file ? namedIn(file) : []), ...commanded])];
}

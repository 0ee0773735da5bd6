import { existsSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { readPreset } from './presets';
import { configTemplate } from './template';

/** What `idlm init` writes. */
export interface InitOptions {
  readonly path: string;
  /** Replace an existing file. */
  readonly force?: boolean;
  /** Name of the preset whose values it has (default: none, the defaults). */
  readonly preset?: string;
  /** The JSON Schema file of the installed package. */
  readonly schema?: string;
}

/** The way from a configuration to the schema, if it lies in the same project: another machine has no other place. */
function schemaFrom(path: string, schema: string | undefined): string | undefined {
  if (!schema) return undefined;
  const way = relative(dirname(resolve(path)), schema);
  return isAbsolute(way) || way.startsWith('..') ? undefined : `./${way.split(sep).join('/')}`;
}

/**
 * Writes a commented configuration.
 * @throws InputError if there is one already and `force` is not set, or there is no preset of that name
 */
export async function initConfig({ path, force = false, preset, schema }: InitOptions): Promise<void> {
  const chosen = preset === undefined ? undefined : readPreset(preset);
  if (existsSync(path) && !force)
    throw new InputError(`${path} exists already; add --force to replace it, or name another file.`);
  await writeFileAtomically(path, configTemplate({ schema: schemaFrom(path, schema), preset: chosen }));
}

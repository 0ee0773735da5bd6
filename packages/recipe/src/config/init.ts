import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { packageFolder } from '../package-folder';
import { readPreset } from './presets';
import { configTemplate } from './template';

/** What `idlm init` writes. */
export interface InitOptions {
  readonly path: string;
  /** Replace an existing file. */
  readonly force?: boolean;
  /** Name of the preset whose values it has (default: none, the defaults). */
  readonly preset?: string;
  /** The JSON Schema file that editors are told of where it lies in the same project (default: that of this package). */
  readonly schema?: string;
}

const ownSchema = (): string => join(packageFolder(), 'schema', 'config.schema.json');

/** The way from a configuration to the schema, if it lies in the same project: another machine has no other place. */
function schemaFrom(path: string, schema: string): string | undefined {
  const way = relative(dirname(resolve(path)), schema);
  return isAbsolute(way) || way.startsWith('..') ? undefined : `./${way.split(sep).join('/')}`;
}

/**
 * Writes a commented configuration.
 * @throws InputError if there is one already and `force` is not set, or there is no preset of that name
 */
export async function initConfig({ path, force = false, preset, schema = ownSchema() }: InitOptions): Promise<void> {
  const chosen = preset === undefined ? undefined : readPreset(preset);
  if (existsSync(path) && !force)
    throw new InputError(`${path} exists already; add --force to replace it, or name another file.`);
  await writeFileAtomically(path, configTemplate({ schema: schemaFrom(path, schema), preset: chosen }));
}

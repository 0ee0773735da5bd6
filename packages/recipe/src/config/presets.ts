import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, didYouMean, shortened } from '@idlm/core-diffusion/errors';
import { packageFolder } from '../package-folder';

/** A configuration to start from that comes with idlm: a YAML file of fields that differ from the defaults. */
export interface Preset {
  readonly name: string;
  /** The file's first line: a sentence on what it is. */
  readonly description: string;
  readonly text: string;
}

const SUFFIX = '.yaml';

const folder = (): string => join(packageFolder(), 'assets', 'presets');

/** Further names of presets: by the text of published models, OpenWebText. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  'owt-mdlm': 'mdlm-published',
  'owt-duo': 'duo-published',
  'owt-sedd': 'sedd-published',
};

/** The presets by name, each a file of `assets/presets`: a new one is a file there. */
export const presetNames = (): string[] =>
  readdirSync(folder())
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .concat(Object.keys(ALSO_CALLED))
    .sort();

/**
 * The preset of a name.
 * @throws InputError with the nearest name if there is none
 */
export function readPreset(name: string): Preset {
  const names = presetNames();
  if (!names.includes(name))
    throw new InputError(`There is no preset named "${shortened(name)}"; ${didYouMean(name, names)}`);
  const text = readFileSync(join(folder(), (ALSO_CALLED[name] ?? name) + SUFFIX), 'utf8');
  return { name, description: text.slice(0, text.indexOf('\n')).replace(/^# /, ''), text };
}

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, nearest } from '@idlm/core-diffusion/errors';
import { assetFolder } from '../quickstart/assets';

/** A configuration to start from that comes with idlm: a YAML file of fields that differ from the defaults. */
export interface Preset {
  readonly name: string;
  /** The file's first line: a sentence on what it is. */
  readonly description: string;
  readonly text: string;
}

const SUFFIX = '.yaml';

/** The presets by name, each a file of `assets/presets`: a new one is a file there. */
export const presetNames = (): string[] =>
  readdirSync(assetFolder('presets'))
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();

/**
 * The preset of a name.
 * @throws InputError with the nearest name if there is none
 */
export function readPreset(name: string): Preset {
  const names = presetNames();
  if (!names.includes(name)) {
    const close = nearest(name, names);
    throw new InputError(
      `There is no preset named "${name}"; ${close ? `did you mean "${close}"?` : `choose one of ${names.join(', ')}.`}`,
    );
  }
  const text = readFileSync(join(assetFolder('presets'), name + SUFFIX), 'utf8');
  return { name, description: text.slice(0, text.indexOf('\n')).replace(/^# /, ''), text };
}

/** The presets in lines for a command's help. */
export function describePresets(): string {
  const presets = presetNames().map(readPreset);
  const width = Math.max(...presets.map(({ name }) => name.length));
  return ['Presets:', ...presets.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`)].join('\n');
}

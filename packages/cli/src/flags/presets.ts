import { Help } from 'commander';
import { presetNames, readPreset } from '@idlm/recipe/presets';

/** The presets in lines for a command's help. */
export function describePresets(): string {
  const presets = presetNames().map(readPreset);
  const width = Math.max(...presets.map(({ name }) => name.length));
  const help = new Help();
  return ['Presets:', ...presets.map(({ name, description }) => help.formatItem(name, width, description, help))].join(
    '\n',
  );
}

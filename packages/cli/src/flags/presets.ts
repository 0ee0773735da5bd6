import { presetNames, readPreset } from '@idlm/recipe/presets';

/** The presets in lines for a command's help. */
export function describePresets(): string {
  const presets = presetNames().map(readPreset);
  const width = Math.max(...presets.map(({ name }) => name.length));
  return ['Presets:', ...presets.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`)].join('\n');
}

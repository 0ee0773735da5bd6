import { presetNames, readPreset } from '@idlm/recipe/presets';
import { helpList } from './help-list';

/** The presets in lines for a command's help. */
export const describePresets = (): string => helpList('Presets', presetNames().map(readPreset));

export { type Preset, presetNames, readPreset } from './config/presets';

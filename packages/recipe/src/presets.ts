export * from './config/presets';

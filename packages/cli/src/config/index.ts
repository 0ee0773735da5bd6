export * from './checks';
export * from './fields';
export * from './init';
export * from './load';
export * from './overrides';
export * from './presets';
export * from './schema';
export * from './template';

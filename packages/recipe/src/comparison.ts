export * from './comparison/arms';
export * from './comparison/cells';
export * from './comparison/comparison-file';

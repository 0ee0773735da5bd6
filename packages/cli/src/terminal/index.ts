export * from './colours';
export * from './failure';
export * from './format';
export * from './progress';
export * from './reporter';
export * from './run';
export * from './terminal';
export * from './table';

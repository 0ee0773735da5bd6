export * from './engine';
export * from './errors';
export * from './install/locations';
export * from './open';

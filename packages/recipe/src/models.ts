export * from './models/first-token';
export * from './models/model-family';
export * from './models/model-files';
export * from './models/model-origin';
export * from './models/model-settings';

export * from './node/atomic-file';
export * from './node/model-folder';

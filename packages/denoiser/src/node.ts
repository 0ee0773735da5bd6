export * from './node/atomic-file';
export * from './node/model-folder';
export { hashWeights } from './node/weights';

export * from './node/atomic-file';
export * from './node/model-folder';
export { modelFolder } from './node/find-model';
export { type LoadedWeights, hashWeights, readWeights } from './node/weights';

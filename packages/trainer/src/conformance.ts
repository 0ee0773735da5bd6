export { optimizerConformance } from './conformance/optimizer-checks';
export { checkpointStoreConformance } from './conformance/store-checks';

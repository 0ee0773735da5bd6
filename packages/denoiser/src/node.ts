export { type ConvertRequest, convertModel } from './node/convert';
export { type ModelDescription, type ModelFolder, describeModel, loadModel, saveModel } from './node/model-folder';
export { isTorchFile, modelFolder } from './node/find-model';
export type { CheckpointWeights } from './node/torch/checkpoint-content';
export { type TorchCheckpoint, openTorchCheckpoint } from './node/torch/checkpoint-file';
export { describeCheckpoint } from './node/torch/describe-checkpoint';
export { type LoadedWeights, hashWeights, readWeights } from './node/weights';
export { type WeightsSource, openWeights } from './node/weights-source';

export type { ModelLayout } from './dit/layout/published-forms';
export { type ConvertRequest, convertModel } from './node/convert';
export { type ModelInspection, inspectWeights } from './node/inspect';
export {
  type ModelDescription,
  type ModelFolder,
  type SaveOptions,
  describeModel,
  loadModel,
  saveModel,
} from './node/model-folder';
export { isTorchFile, modelFolder } from './node/find-model';
export type { CheckpointWeights } from './node/torch/checkpoint-content';
export { type TorchCheckpoint, openTorchCheckpoint } from './node/torch/checkpoint-file';
export { describeCheckpoint } from './node/torch/describe-checkpoint';
export { TRANSFORMERS_FILES } from './node/transformers-files';
export { type LoadedWeights, hashWeights, readWeights } from './node/weights';
export { type WeightsSource, openWeights } from './node/weights-source';

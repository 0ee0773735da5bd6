export { type ConvertRequest, type TargetLayout, convertModel } from './node/convert';
export { type FileInspection, type ModelInspection, inspectFile, inspectWeights } from './node/inspect';
export type { ModelDescription } from './node/model-description';
export {
  type FieldsOrigin,
  type ModelFolder,
  type SaveOptions,
  describeFields,
  describeModel,
  loadModel,
  saveModel,
} from './node/model-folder';
export { findModel, folderOfModel, isOnnxFile, isTorchFile, onnxRefusal } from './node/find-model';
export type { CheckpointWeights } from './node/torch/checkpoint-content';
export { type TorchCheckpoint, openTorchCheckpoint } from './node/torch/checkpoint-file';
export { describeCheckpoint } from './node/torch/describe-checkpoint';
export { TRANSFORMERS_FILES } from './node/transformers-files';
export { type LoadedWeights, type NetworkWeights, hashWeights, openNetworkWeights, readWeights } from './node/weights';
export { openWeights } from './node/open-weights';
export { type WeightsPaths, type WeightsSource, weightsPaths } from './node/weights-source';

export { recommendGrid, withRecommended } from './models/generation-config';
export { type ModelMask, type SeenModel, maskOf } from './models/mask';
export { type ModelInUse, type ModelUse, fitModel } from './models/model-family';
export { type ModelFiles, type StoredModel, readModelFiles, savedModel } from './models/model-files';
export { readSampledFiles } from './models/onnx-model';
export { type GivenModel, readModel, textWarnings, withModelData } from './models/model-origin';
export { promptingFile, readPrompting } from './models/prompting';
export { requireModelReading, requireModelSettings, withNetwork } from './models/model-settings';

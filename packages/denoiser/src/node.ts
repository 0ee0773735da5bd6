export { type ConvertRequest, convertModel } from './node/convert';
export { type ModelDescription, type ModelFolder, describeModel, loadModel, saveModel } from './node/model-folder';
export { modelFolder } from './node/find-model';
export { type LoadedWeights, hashWeights, readWeights } from './node/weights';

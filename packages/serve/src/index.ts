export { SILENT, type ServerLog } from './http/log';
export { type SavedModelOptions, savedModel } from './models/saved-model';
export {
  type ModelFacts,
  type ModelSource,
  type SamplingDefaults,
  type ServedModel,
  ownModel,
} from './models/served-model';
export { type ListenOptions, type Listening, listen } from './node/listen';
export { LIMITS, type Limits } from './requests/limits';
export { type ServerOptions, type TextServer, createServer } from './server';

export { type DitConfig, PRESETS, type PresetName, checkDitConfig } from './dit/config';
export { dit } from './dit/dit';
export { isDit } from './dit/network-type';
export { initialParameters, parameterShapes } from './dit/parameters';
export type { Gpt2Config } from './gpt2/config';
export { gpt2 } from './gpt2/gpt2';
export { isGpt2 } from './gpt2/network-type';
export { type HostDenoiser, type HostDenoiserOptions, hostDenoiser } from './host-denoiser';
export { type HostRequest, splitRequest } from './host-request';
export { scoresAtOnce } from './layers/attention-blocks';
export { LARGE_NETWORK } from './networks/sizes';
export { FEW_LOGITS_OF_CALL, LOGITS_OF_CALL_PART } from './vocabulary-parts';
export type { SavedModel } from './config/saved-model';
export { configFields, networkFields, readConfigFields } from './hub/config-file';
export { type CardNumbers, type CardSource, modelCard } from './hub/model-card';
export { type Making, type Origin, importAdvice, modelOrigin } from './config/origin';
export {
  type Metadata,
  type WeightsOptions,
  parametersFrom,
  tensorsFile,
  weightsFile,
  weightsFrom,
} from './hub/weights';
export type {
  ConfigFields,
  ModelKnowledge,
  NetworkType,
  PublicLayout,
  ReadConfig,
  Shapes,
} from './networks/network-type';
export { denoisers, freshParameters, parameterCount, shapesOf, textLength } from './registry';
export type {
  SafetensorsDtype,
  SafetensorsEntry,
  SafetensorsFile,
  SafetensorsHeader,
  TensorLayout,
  TensorPlace,
} from './safetensors/format';
export { headerEnd, parseHeader } from './safetensors/header';
export { WEIGHT_DTYPES, type WeightDtype } from './safetensors/narrow';
export { fromFloat32, toFloat32 } from './safetensors/numbers';
export { readSafetensors } from './safetensors/read';
export { writeSafetensors } from './safetensors/write';

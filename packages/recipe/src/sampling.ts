export { type WrittenRows, clampOf, longestText, requireRoom } from './sampling/clamp';
export { type SamplingLoad, workersFor } from './sampling/denoisers';
export { type FilmFrame, type FilmOptions, type FrameFilm, film } from './sampling/film';
export { type Guide, type GuideOptions, type GuidedBy, type GuidedNetworks, guideBy } from './sampling/guide';
export { type FittedInfill, fitInfill } from './sampling/infill';
export { type RuntimeName, type SamplingMemory, type SamplingSize, estimateSampling } from './sampling/memory-estimate';
export type { RevealOrder } from './sampling/reveal-order';
export {
  type Runtime,
  type RuntimeRequest,
  chooseRuntime,
  nameOfRuntime,
  onnxRowsOf,
  onnxRuntimeFor,
} from './sampling/runtime';
export { type SampledTexts, type SamplingWork, samplingLoad, samplingWork } from './sampling/sampling-work';
export { type ServedNetwork, type ServedNetworkRequest, openServedNetwork } from './sampling/served-network';
export { type WriterOptions, multiplicationsOf, openWriter } from './sampling/writers';
export type { WriteRequest, Writer } from './sampling/writer';

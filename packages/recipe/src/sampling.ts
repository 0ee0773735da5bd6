export { type WrittenRows, clampOf, longestText, requireRoom } from './sampling/clamp';
export { type FilmFrame, type FilmOptions, type FrameFilm, film } from './sampling/film';
export { type Guide, type GuideOptions, type GuidedBy, type GuidedNetworks, guideBy } from './sampling/guide';
export { type FittedInfill, fitInfill } from './sampling/infill';
export type { RevealOrder } from './sampling/reveal-order';
export { type Runtime, type RuntimeRequest, chooseRuntime, nameOfRuntime } from './sampling/runtime';
export { type ServedNetwork, type ServedNetworkRequest, openServedNetwork } from './sampling/served-network';
export { type WriterOptions, multiplicationsOf, openWriter } from './sampling/writers';
export type { WriteRequest, Writer } from './sampling/writer';

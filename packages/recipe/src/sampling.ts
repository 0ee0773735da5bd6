export { type WrittenRows, clampOf, haveBeginnings, requireRoom } from './sampling/clamp';
export { type FilmOptions, type FrameFilm, film } from './sampling/film';
export { type WriterOptions, openWriter } from './sampling/writers';
export type { WriteRequest, Writer } from './sampling/writer';

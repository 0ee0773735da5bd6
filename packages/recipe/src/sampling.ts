export * from './sampling/clamp';
export * from './sampling/film';
export * from './sampling/writers';

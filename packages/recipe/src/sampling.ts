export * from './sampling/configured';
export * from './sampling/film';
export * from './sampling/writers';

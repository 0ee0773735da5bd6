export { createProgram, run } from './program';

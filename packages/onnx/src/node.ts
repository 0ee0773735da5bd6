export { findOnnxLibrary, requireOnnxLibrary } from './runtime/library';
export { type OnnxSessionOptions, type OpenSession, openOnnxSession } from './runtime/session';

export { openOnnxFiles, writeOnnxFiles } from './files';
export { readOnnxFileMetadata } from './format/metadata-file';
export { onnxVersion } from './runtime/c-api';
export { findOnnxLibrary, requireOnnxLibrary } from './runtime/library';
export { type OnnxSessionOptions, type OpenSession, openOnnxSession } from './runtime/session';

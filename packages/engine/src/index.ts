export type { CompileMode, Engine, EngineName, FreedMemory, InPlace, OnDevice, Precision } from './engine';
export { InputError } from './errors';
export { type EngineDescription, describeEngine, measureMatMul } from './info';
export { type NativeParts, cacheFolder, findNative, hasGpuLibraries, isInstalled } from './install/locations';
export { engineAtHand, openEngine } from './open';
export type { EngineOptions } from './options';
export { type Processor, thisProcessor } from './processor';

export * from './engine';
export * from './errors';
export * from './info';
export { installNative, type Installation } from './install/install';
export { cacheFolder, findNative, isInstalled, type NativeParts } from './install/locations';
export { type InstallOptions, type InstallPlan, planInstall } from './install/plan';
export type { InstallProgress, OnProgress } from './install/progress';
export { type EngineOptions, openEngine } from './open';
export { type Processor, thisProcessor } from './processor';

export type { JobEnd } from './job-end';
export { type Launched, isRank, launchedRank } from './launcher';
export { type LauncherProgram, findLauncher, isLauncherOf } from './launcher-program';
export type { MpiLibrary } from './library/start';
export { type MpiOptions, type MpiRanks, openRanks } from './ranks';
export { type MpiTrial, tryMpi } from './trial';

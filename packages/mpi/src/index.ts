export type { JobEnd } from './job-end';
export { type Launched, isRank, launchedRank } from './launcher';
export { type LauncherProgram, findLauncher, isLauncherOf } from './launcher-program';
export type { MpiLibrary } from './library/start';
export { ranksOnGpus } from './nccl/on-gpus';
export { type MpiOptions, type MpiRanks, openRanks } from './ranks';
export { type MpiTrial, tryMpi } from './trial';

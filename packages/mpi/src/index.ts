export type { JobEnd } from './job-end';
export { type Launched, isRank, launchedRank } from './launcher';
export { type MpiOptions, type MpiRanks, openRanks } from './ranks';

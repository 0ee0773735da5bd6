export type { JobEnd } from './job-end';
export { type Launched, launchedRank } from './launcher';
export { type MpiOptions, type MpiRanks, openRanks } from './ranks';

export type { CachedModel } from './cache';
export { type PullOptions, type PullProgress, type PulledModel, pullModel } from './pull';
export { type PushOptions, type PushedModel, pushModel } from './push';
export { isRepositoryName } from './repository';
export { type HubSettings, hubCacheFolder, hubSettings } from './settings';

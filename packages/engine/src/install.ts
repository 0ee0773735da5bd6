/** Installing libtensorflow for a user. */
export { InputError } from './errors';
export { type Installation, installNative } from './install/install';
export { type InstallOptions, type InstallPlan, planInstall } from './install/plan';
export type { InstallProgress, OnProgress } from './install/progress';
export { type Verified, verifyNative } from './install/verify';

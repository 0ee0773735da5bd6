/** Whether an engine computes what plain JavaScript does, and how fast. */
export { type Checked, type EngineCheck, checkEngine } from './check/check';
export type { StepRate } from './check/rate';

export { type ConformanceOptions, samplerConformance } from './conformance/checks';
export type { ConformanceCheck } from '@idlm/core-diffusion/choices';
export type { ExactNetwork, RowLaw, RowOutcome, RowState, StepTimes } from './conformance/row-law';

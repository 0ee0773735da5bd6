export { type ConformanceCheck, type ConformanceOptions, samplerConformance } from './conformance/checks';
export type { ExactNetwork, RowLaw, RowOutcome, RowState, StepTimes } from './conformance/row-law';

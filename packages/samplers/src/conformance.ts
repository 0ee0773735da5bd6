export { type ConformanceCheck, type ConformanceOptions, samplerConformance } from './conformance/checks';

export { type ConformanceCheck, samplerConformance } from './conformance/checks';

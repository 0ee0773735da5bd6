export { type ObjectiveConformanceOptions, objectiveConformance } from './conformance/objective-checks';

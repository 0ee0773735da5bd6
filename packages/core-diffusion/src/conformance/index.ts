export { type ConformanceCheck } from '../conformance';
export { type FamilyConformanceOptions, familyConformance } from './families';
export { processConformance } from './processes';
export { scheduleConformance } from './schedules';

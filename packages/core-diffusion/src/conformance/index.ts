export { type ConformanceCheck } from '../conformance';
export { familyConformance } from './families';
export type { FamilyConformanceOptions } from './family-subject';
export { type RegisteredEntry, optionsConformance } from './options';
export { processConformance } from './processes';
export { scheduleConformance } from './schedules';

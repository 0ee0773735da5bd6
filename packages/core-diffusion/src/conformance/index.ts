export { type ConformanceCheck } from '../conformance';
export { type FamilyConformanceOptions, familyConformance } from './families';
export { type RegisteredEntry, optionsConformance } from './options';
export { processConformance } from './processes';
export { scheduleConformance } from './schedules';

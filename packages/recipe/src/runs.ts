export { guardTimes } from './runs/guard';
export * from './runs/made-model';
export * from './runs/memory-estimate';
export { type Continued } from './runs/run-changes';
export * from './runs/run-training';
export * from './runs/student-training';
export * from './runs/text-training';
export type { OpenTraining, Training } from './runs/training';
export { type TrainedOnText, validationTimes, withHeldOut } from './runs/validation';

export { type LoadedConfig, loadConfig, resolveConfig } from './config/load';
export type { Config, ConfigValues } from './config/schema';
export type { ConfigSources } from './config/sources';
export {
  type EvaluationEvent,
  type JobEvent,
  type LabelledTrainingEvent,
  type OnEvent,
  type PreparationEvent,
  type TrainingEvent,
  keepingOf,
  readingOf,
} from './events';
export { type EvaluateOptions, type Evaluation, evaluate } from './jobs/evaluate';
export { type Model, openModel } from './jobs/model';
export type { SampleOptions } from './jobs/sample';
export {
  type DistillOptions,
  type JobOptions,
  type TrainOptions,
  distill,
  trainScorer,
  trainTeacher,
} from './jobs/train';
export type { GivenTexts } from './text/given-text';

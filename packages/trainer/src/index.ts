export { diskCheckpointStore } from './checkpoints/disk-store';
export { type FileSystem, nodeFileSystem } from './checkpoints/file-system';
export { type JsonDifference, differences, show } from './checkpoints/identity';
export { memoryCheckpointStore } from './checkpoints/memory-store';
export type { Identity, ModelInfo } from './checkpoints/model-info';
export { type SavedTask, type TrainingState, restoreSnapshot, savedState, snapshotFiles } from './checkpoints/snapshot';
export { requireState } from './checkpoints/state-check';
export { storeOfRanks } from './checkpoints/store-of-ranks';
export type { CheckpointFile, CheckpointRef, CheckpointStore, Keep, LatestCheckpoint } from './checkpoints/store';
export type { HealthState } from './health/health-state';
export type { RunLimits } from './health/limits';
export { HEALTH, type HealthOptions } from './health/options';
export { type Watchdog, watchdog } from './health/watchdog';
export type { LogSink, SampledText, TrainEvent } from './logs/events';
export { metricsFile } from './logs/metrics-file';
export { samplesFolder } from './logs/samples-folder';
export { type TensorBoardOptions, tensorBoardFile } from './logs/tensorboard';
export { type AdamWOptions, adamw } from './optimizers/adamw';
export type { EmaOptions } from './optimizers/ema';
export { type LearningRateOptions, learningRate } from './optimizers/learning-rate';
export { type LionOptions, lion } from './optimizers/lion';
export {
  type MoveWeight,
  type Moved,
  type MovedWeight,
  type Optimizer,
  type OptimizerState,
  type StepScalars,
  updateEach,
} from './optimizers/optimizer';
export { optimizers } from './optimizers/registry';
export { RUN_FILES, type RunDirectory, type RunMode, type RunOptions, openRunDirectory } from './run/directory';
export { isFinished, requireGuard } from './run/guard';
export type { Guard, GuardCheck, GuardOutcome, GuardTimes } from './run/guard-contract';
export { type RunLock, acquireLock } from './run/lock';
export type { TrainResult, Trainer, TrainerConfig, TrainerOptions } from './run/options';
export { type TextSamplerOptions, textSampler } from './run/text-sampler';
export { createTrainer } from './run/trainer';
export type { OverRanks } from './steps/sum-over-ranks';
export { NonFiniteStep, type OptimizerOptions, RefusedStep, type RefuseStep } from './steps/step';
export { type AutoregressiveOptions, autoregressiveTask } from './tasks/autoregressive';
export { type DistillationOptions, distillationTask } from './tasks/distillation';
export type { Metrics, Task } from './tasks/task';
export { type TeacherOptions, teacherTask } from './tasks/teacher';

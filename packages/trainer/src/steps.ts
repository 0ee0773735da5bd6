export {
  type NetworkState,
  copyParameters,
  disposeNetwork,
  groupsOf,
  replacedNetwork,
  startNetwork,
  stateOf,
} from './networks/network-state';
export { emaDecay } from './optimizers/ema';
export { type Frozen, type Gradients, type StepLoss, gradientsOf } from './steps/gradients';
export {
  NonFiniteStep,
  type OptimizerOptions,
  type StepOptions,
  type StepReport,
  type StepRequest,
  type TrainingStep,
} from './steps/step';
export type { OverRanks } from './steps/sum-over-ranks';
export { trainingStep } from './steps/training-step';
export { ahead } from './tasks/ahead';
export { type SingleNetworkOptions, singleNetworkTask } from './tasks/single-network';
export { type Metrics, type Task, metricsOf } from './tasks/task';

// The contract.
export {
  type Adversarial,
  type DistillationBatch,
  type LossWithStats,
  type Networks,
  type Objective,
  type ObjectiveContext,
  PASSES_WITH_GRADIENT,
} from './objective';

// The objectives, each with its options.
export { objectives } from './objectives/registry';
export { type InverseOptions, inverseObjective } from './objectives/inverse/inverse-objective';
export { type ScoreFunctionOptions, scoreFunctionObjective } from './objectives/inverse/score-function';
export { type Divergence } from './objectives/shared/divergence';
export { continuedTraining } from './objectives/continued-training';
export { type SelfDistillationOptions, selfDistillation } from './objectives/self-distillation';
export { type ConsistencyOptions, consistency } from './objectives/consistency';
export { type DidiInstructOptions, didiInstruct } from './objectives/didi-instruct/didi-instruct';
export { type MomentMatchingOptions, momentMatching } from './objectives/moment-matching/moment-matching';

// How gradients pass through a student's tokens.
export { type Relaxation, type Relaxed } from './relaxations/relaxation';
export { relaxations } from './relaxations/registry';
export { type TemperatureOptions } from './relaxations/tempered';
export { simplex } from './relaxations/simplex';
export { straightThrough } from './relaxations/straight-through';
export { gumbelSoftmax } from './relaxations/gumbel-softmax';
export { type GaussianSoftmaxOptions, gaussianSoftmax } from './relaxations/gaussian-softmax';

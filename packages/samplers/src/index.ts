export {
  type AutoregressiveEnvironment,
  type AutoregressiveRequest,
  sampleAllAutoregressive,
  sampleAutoregressive,
} from './autoregressive';
export { type BlocksRequest, sampleAllBlocks, sampleBlocks } from './blocks';
export { BrokenLogits, type Fault } from './broken-logits';
export { FREE, clampInfill, clampMarked, clampPrompt } from './clamps';
export {
  type NoiseSchedule,
  type RandomStream,
  type SamplingFamily,
  InputError,
  d3pm,
  duo,
  mdlm,
  randomStream,
  sedd,
  timeGrid,
  udlm,
  uniformD3pm,
} from '@idlm/core-diffusion/sampling';
export { checkCompatible } from './compatible';
export { LAST_STEPS, type LastOption, type LastStep, checkLast, finishWith } from './finish';
export { type GenerateOptions, generate, generateFrames } from './generate';
export {
  type Classifier,
  type Classify,
  type ClassifyRequest,
  everyToken,
  guidedByClassifier,
} from './guidance/classifier';
export { guided } from './guidance/classifier-free';
export { type ClassifierContext, classifiers } from './guidance/classifiers';
export type { GuidanceOptions } from './guidance/options';
export { type GivenTokens, withoutGiven } from './guidance/without-given';
export { type HoleLength, type UnknownHole, holeLength } from './infilling/hole-length';
export { type ConfidenceThresholdOptions, confidenceThreshold } from './orders/confidence-threshold';
export { type EntropyBoundedOptions, entropyBounded } from './orders/entropy-bounded';
export { type MaskgitOptions, maskgit } from './orders/maskgit';
export type { OrderStep, UnmaskingOrder } from './orders/order';
export { sampleInOrder } from './orders/sample-in-order';
export { topKMargin } from './orders/top-k-margin';
export { finished } from './parts';
export { byRows } from './row-steps';
export { initialState, sample, sampleAll } from './sample';
export type {
  Categorical,
  Denoise,
  DenoiseRequest,
  Frame,
  LogitShaper,
  Network,
  Predictions,
  Row,
  RowQuery,
  RowRun,
  RowStep,
  RowTokens,
  Sample,
  SampleRequest,
  Sampler,
  SamplerEnvironment,
  SamplerLaw,
  SamplerState,
  ShapedPlace,
  StepLaw,
} from './sampler';
export { analytic } from './samplers/analytic';
export { ancestral } from './samplers/ancestral';
export { ancestralCached } from './samplers/ancestral-cached';
export { euler } from './samplers/euler';
export { firstHitting } from './samplers/first-hitting';
export { type KappaName, type PsiOptions, psi } from './samplers/psi';
export { samplers } from './registry';
export { type RemdmOptions, remdm } from './samplers/remdm/remdm';
export { type RemaskingStrategy, type RemaskingOptions } from './samplers/remdm/strategies';
export { suitableSampler } from './suitable';
export { noRepeatedNGram, repetitionPenalty } from './shapers/repetition';
export { type NucleusRule, composeShapers, nucleus, temperature, topK } from './shapers/shapers';

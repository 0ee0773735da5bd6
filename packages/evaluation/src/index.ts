// Numbers of texts.
export {
  type DriftReference,
  type DriftReferenceOptions,
  DRIFT_FACTOR,
  driftRatios,
  driftReference,
  worstDrift,
} from './drift-guard';
export { type BootstrapOptions, type Interval, type Resampled, bootstrap } from './metrics/bootstrap';
export { dictionaryWordRate, distinct } from './metrics/diversity';
export { type Drift, drift, DRIFT_STATISTICS } from './metrics/drift';
export { mean, standardError, unigramEntropy } from './metrics/entropy';
export { type MeasuredLikelihood, measuredLikelihood } from './metrics/measured-likelihood';
export { type Mauve, mauve, mauveFromHistograms } from './metrics/mauve';
export { type LikelihoodSummary, generativeWeights, summariseLikelihood } from './metrics/perplexity';
export {
  type BoundOptions,
  type BoundRequest,
  type MakeTogether,
  type LikelihoodBound,
  type MeasuredBound,
  likelihoodBound,
  nelboPerplexity,
} from './nelbo';
export {
  ANSWERS,
  type ExactMatch,
  type ExactMatchOptions,
  type GivenRows,
  answerOf,
  exactMatch,
  givenRows,
} from './prompts';
export { type TextBatch, selectRows } from './rows';

// Judges.
export { type AutoregressiveScorerOptions, autoregressiveScorer } from './scorers/autoregressive';
export { type NGramOptions, type NGramScorer, nGramScorer } from './scorers/n-gram';
export { type ScorerContext, scorers } from './scorers/registry';
export { type RetokenisingOptions, type JudgeTokenizer, retokenisingScorer } from './scorers/retokenising';
export { type Judge, type Scorer, type TextScorer } from './scorers/scorer';
export type { TextWeight } from './metrics/text-weight';

// Grids of sampling times.
export {
  type GridQuality,
  type GridSearch,
  type GridSearchOptions,
  type JudgedGrid,
  searchGrid,
} from './grids/search-grid';

// Models swept over steps and temperatures, and how they compare.
export { type EntropyLoss } from './sweeps/entropy-loss';
export { type Match, type MatchOptions, equivalentSteps } from './sweeps/match';
export {
  type MeasuredText,
  type Measures,
  measureRealText,
  measureText,
  scoredWeights,
  weighRows,
} from './sweeps/measure';
export { featuredJudges } from './sweeps/resemblance';
export { type PerplexityRatio, perplexityRatio } from './sweeps/ratio';
export { type SweepOptions, type SweepCell, sweep } from './sweeps/sweep';
export {
  type AutoregressiveModelOptions,
  type DiffusionModelOptions,
  type DrawRequest,
  type SweptModel,
  autoregressiveModel,
  diffusionModel,
} from './sweeps/swept-model';
export { type ArmSummary, type Spread, bestAtEqualEntropy, summariseArms } from './sweeps/compare';

// Results that can be run again.
export {
  type ResultDifference,
  type ResultInputs,
  compareBounds,
  compareInputs,
  compareJudges,
  compareRealText,
  compareCells,
  compareVersions,
} from './manifests/differences';
export type {
  ManifestBound,
  ManifestImport,
  ManifestModel,
  ManifestText,
  ModelOrigin,
  ResultManifest,
} from './manifests/manifest';
export {
  driftSchema,
  intervalSchema,
  manifestSchema,
  measuredSchema,
  parseManifest,
  sweepCellSchema,
} from './manifests/parse';

export { type ComparedNetworks, type SampleAgreement, compareSamples } from './evaluation/compare-samples';
export { type EvaluatedModel, type Role, BASELINE } from './evaluation/evaluated-model';
export { type EvaluationResult, type EvaluationRequest, evaluateModels } from './evaluation/evaluation';
export { estimateEvaluation } from './evaluation/evaluation-memory';
export { type EvaluationSize, type SizedModel, evaluationSize } from './evaluation/evaluation-size';
export { BOUND_BATCHES, BOUND_DRAWS, BOUND_ROWS } from './evaluation/likelihood';
export type { EvaluationSetup, GivenModels } from './evaluation/setup';
export { type JudgedCells, type JudgedSweep, sweepAndJudge } from './evaluation/judged-sweep';
export { type Judges, openJudges } from './evaluation/judges';
export { type ManifestOptions, makeManifest } from './evaluation/manifest';
export { findCorpus, findModels } from './evaluation/manifest-places';
export { textName } from './evaluation/notes';
export {
  PAPER,
  PAPER_JUDGE,
  PUBLISHED_LINES,
  type PaperNumbers,
  type PublishedLine,
  SCRIPT_SAMPLES,
  publishedLine,
} from './evaluation/published-rows';
export { measureHeldOut } from './evaluation/real-text';
export { type ConfirmedGrid, type GridSearchRequest, searchModelGrid } from './evaluation/search-grid';
export { withoutPlaces } from './evaluation/without-places';

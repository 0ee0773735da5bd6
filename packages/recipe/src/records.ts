export { updatesOf } from './records/checkpoint-updates';
export { changedImports, findImports } from './records/import-records';
export { readRecord } from './records/json-record';
export {
  type OutputFolder,
  type OutputKind,
  type OutputRequest,
  COMPARED_CELLS,
  EVALUATION_FILES,
  QUICKSTART_FILES,
  contentOf,
  keepEvaluation,
  openOutput,
} from './records/output-folder';
export { type Trained, environmentOf, manifestOf } from './records/run-manifest';
export {
  type RunManifest,
  type RunRecords,
  type RunRole,
  readRunRecords,
  saveTrainingRecord,
} from './records/run-records';
export { type SettingChange, COMMANDS, describeChange, settingsOf, settingsRead } from './records/run-settings';
export { requireSameOnRanks } from './records/same-on-ranks';
export { textRecord } from './records/text-record';

export {
  type CorpusReading,
  type ModelText,
  type PreparedCorpus,
  type WriteOptions,
  prepareCorpus,
  writePrepared,
} from './text/corpus';
export { GIVEN_TEXT, isOwnCorpus, layoutOf } from './text/documents';
export { type InfillText, encodeInfill } from './text/infill';
export { withPreparedText } from './text/prepared';
export {
  type GivenText,
  encodePrompt,
  encodeTemplate,
  holdsJson,
  readAs,
  readPrompts,
  withoutTrailingSpaces,
} from './text/prompts';
export { tokenTexts } from './text/token-texts';
export type { Prompting } from '@idlm/data';

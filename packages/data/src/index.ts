// Refusals.
export { InputError } from './errors';

// Corpora: documents of files or of memory, and what a whole one is prepared to.
export type { CorpusDocument, Documents } from './corpora/document';
export type { CorpusFacts } from './corpora/facts';
export type { CorpusFile, CorpusFiles } from './corpora/files';
export { CORPUS_FORMATS, type CorpusFormat } from './corpora/formats/format';
export { prepareCorpus } from './corpora/prepare';
export {
  PADDINGS,
  type Layout,
  type LoaderOptions,
  type MemoryCorpus,
  type Padding,
  type PrepareOptions,
  type PreparedCorpus,
  type ReadingProgress,
} from './corpora/prepared';
export {
  type CorpusOptions,
  type CorpusSource,
  type PromptedDocument,
  type ReadingCounts,
  corpusOf,
  openCorpus,
  readCorpus,
  readPrompted,
} from './corpora/read';
export type { TokenArray } from './tokens/token-store';
export { wordsOf } from './words';

// Tokenizers, and how texts are simplified for them.
export { type Normalisation, NORMALISATIONS, normalise } from './normalise';
export { byteTokenizer } from './tokenizers/bytes';
export { alphabetOf, characterTokenizer, LETTERS } from './tokenizers/character';
export { loadTokenizer, saveTokenizer } from './tokenizers/folder';
export { gpt2Tokenizer } from './tokenizers/gpt2';
export { huggingFaceTokenizer } from './tokenizers/hugging-face';
export { type TokenizerParts, makeTokenizer } from './tokenizers/make-tokenizer';
export { encodePiece } from './tokenizers/piece';
export { readTokenizerFiles, tokenizerFiles } from './tokenizers/saved-files';
export { type FitOptions, tokenizers } from './tokenizers/registry';
export { type Tokenizer, MASK_TEXT } from './tokenizers/tokenizer';
export type { SavedTokenizer, TextToFit, TokenizerOptions, TokenizerType } from './tokenizers/tokenizer-type';

// Tokens in windows and rows, and what loads them.
export { type PackOptions, hashOf, packCorpus } from './corpora/pack';
export type { PackedCorpus, RowCorpus } from './tokens/token-corpus';
export { rowStartOf } from './tokenizers/row-start';
export { type Prompting, begunIds, promptIds, requireText, templateIds, templatePieces } from './corpora/given-text';
export { type PromptSeparator, encodePrompt } from './corpora/prompts';
export { type RowOptions, packRows } from './corpora/rows';
export type { Batch, Loader, MemoryLoader, Randomness, Ranks } from './loaders/loader';
export {
  type UnlearnedPadding,
  type RowLoaderOptions,
  type RowsOptions,
  heldOutRows,
  rowLoader,
  trainingRows,
} from './loaders/rows';
export { type WindowEnds, type WindowOptions, consecutiveWindows, windowLoader } from './loaders/windows';

// Tokens in files, for text that is larger than memory.
export { encodingHash } from './shards/encoding-hash';
export { type Shard, type ShardIndex, type SourceFile, readIndex } from './shards/index-file';
export { type OpenShardsOptions, openShards } from './shards/open-shards';
export { type WriteShardsOptions, writeShards } from './shards/write-shards';

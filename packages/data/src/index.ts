export * from './corpora/document';
export * from './corpora/facts';
export type { CorpusFile, CorpusFiles } from './corpora/files';
export { CORPUS_FORMATS, type CorpusFormat } from './corpora/formats/format';
export * from './corpora/pack';
export { rowStartOf } from './corpora/layouts';
export * from './corpora/prepare';
export * from './corpora/prepared';
export * from './corpora/prompts';
export * from './corpora/read';
export * from './corpora/rows';
export type { TokenArray } from './corpora/token-store';
export * from './errors';
export * from './loaders/loader';
export * from './loaders/rows';
export * from './loaders/windows';
export * from './normalise';
export * from './tokenizers/bytes';
export * from './tokenizers/character';
export * from './tokenizers/folder';
export { gpt2Tokenizer } from './tokenizers/gpt2';
export * from './tokenizers/hugging-face';
export * from './tokenizers/make-tokenizer';
export * from './tokenizers/piece';
export {
  type FitOptions,
  type SavedTokenizer,
  type TextToFit,
  type TokenizerOptions,
  type TokenizerType,
  tokenizers,
} from './tokenizers/registry';
export * from './tokenizers/tokenizer';
export * from './words';

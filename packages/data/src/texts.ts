/**
 * Texts as a model reads them, without what makes or reads corpora: nothing of Node is needed, so that a page can encode what is
 * typed into it. The main entry holds the same values.
 */
export { InputError } from './errors';
export { type Prompting, promptIds, templateIds, templatePieces } from './corpora/given-text';
export { readTokenizerFiles, tokenizerFiles } from './tokenizers/saved-files';
export type { Tokenizer } from './tokenizers/tokenizer';

import { GPT2 } from './gpt2';
import { HUGGING_FACE } from './hugging-face';

const NAMES: readonly string[] = [HUGGING_FACE, GPT2, 'bpe'];

/** Whether tokenizers of a type are what `huggingFaceTokenizer` makes of their files, whatever they are called. */
export const isLibraryFormat = (name: string): boolean => NAMES.includes(name);

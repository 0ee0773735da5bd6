import type { Normalisation } from '../normalise';
import type { AddedToken } from './added-tokens';

/** The beginning that our tokenizers can be made with, and their mask, as their files name them. */
export const [BEGINNING, MASK] = ['[BOS]', '[MASK]'];

/** What our tokenizers can be made with. */
export interface OwnOptions {
  /** Adds the special token `[BOS]` in front of the mask, to stand before a text; `beginId` is its id. */
  readonly beginning?: boolean;
}

/** The special tokens behind the words of a vocabulary of ours: `[BOS]` where it is asked for, then the mask. */
const specialTokens = ({ beginning = false }: OwnOptions): string[] => [...(beginning ? [BEGINNING] : []), MASK];

/** A special token as `tokenizer.json` lists it. */
export const addedToken = (id: number, content: string): AddedToken => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/** A normalisation as `tokenizer.json` writes it. */
function normalizer(kind: Normalisation): Record<string, unknown> | null {
  const lower = { type: 'Lowercase' };
  if (kind !== 'letters') return kind === 'none' ? null : lower;
  const spaces = { type: 'Replace', pattern: { Regex: '[^a-z]+' }, content: ' ' };
  return { type: 'Sequence', normalizers: [lower, spaces, { type: 'Strip', strip_left: true, strip_right: true }] };
}

/** Text as bytes, cut into words as GPT-2 cuts it where that is asked for. */
export const byteLevel = (isCut: boolean) => ({
  ...{ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: isCut },
});

/** A byte-pair model by its merges. */
export const bytePairModel = (merges: readonly string[]) => ({
  ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
  ...{ fuse_unk: false, merges },
});

/** What sets one of our tokenizers apart from another. */
export interface OwnParts {
  /** Words by id, without special tokens. */
  readonly words: readonly string[];
  readonly options: OwnOptions;
  readonly normalisation: Normalisation;
  readonly preTokenizer: Readonly<Record<string, unknown>>;
  readonly decoder: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>>;
}

/** `tokenizer.json` and `tokenizer_config.json` of a tokenizer of ours, in the format of Hugging Face's libraries. */
export function ownFiles({ words, options, normalisation, preTokenizer, decoder, model }: OwnParts) {
  const special = specialTokens(options);
  const json: Record<string, unknown> = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, i) => addedToken(words.length + i, content)),
    normalizer: normalizer(normalisation),
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder,
    model: { ...model, vocab: Object.fromEntries([...words, ...special].map((word, id) => [word, id])) },
  };
  const config: Record<string, unknown> = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    mask_token: MASK,
    ...(options.beginning ? { bos_token: BEGINNING } : {}),
    clean_up_tokenization_spaces: false,
  };
  return { json, config };
}

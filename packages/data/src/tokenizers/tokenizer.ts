import type { Normalisation } from '../normalise';

/** Text to ids and back. */
export interface Tokenizer {
  /** What `loadTokenizer` needs to make it again. */
  readonly kind: 'characters' | 'bytes' | 'hugging-face';
  /** Entries including the mask. */
  readonly vocabSize: number;
  /** The mask that absorbing models add. */
  readonly maskId: number;
  /** The token that fills short rows up, where the vocabulary has one: the space, or a hub vocabulary's own padding. */
  readonly padId?: number;
  /** Applied before encoding. */
  readonly normalise: Normalisation;
  /** Ids of a text. @throws InputError naming the first character that the vocabulary lacks, and its line. */
  encode(text: string): Int32Array;
  /** Text of ids; masks are shown as `▁`. */
  decode(ids: ArrayLike<number>): string;
  /** `tokenizer.json`, in the format that Hugging Face's libraries read. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** How a mask is shown in decoded text. */
export const MASK_TEXT = '▁';

/** What sets one `tokenizer.json` apart from another. */
export interface TokenizerParts {
  readonly maskId: number;
  readonly preTokenizer: Readonly<Record<string, unknown>>;
  readonly decoder: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>>;
}

/** A `tokenizer.json` of the Hugging Face format with `[MASK]` as its one special token. */
export const tokenizerJson = ({ maskId, preTokenizer, decoder, model }: TokenizerParts): Record<string, unknown> => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [
    {
      id: maskId,
      content: '[MASK]',
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    },
  ],
  normalizer: null,
  pre_tokenizer: preTokenizer,
  post_processor: null,
  decoder,
  model,
});

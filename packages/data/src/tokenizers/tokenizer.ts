import type { Normalisation } from '../normalise';

/** Text to ids and back. */
export interface Tokenizer {
  /** What `loadTokenizer` needs to make it again. */
  readonly kind: 'characters' | 'bytes' | 'hugging-face';
  /** Entries including the mask. */
  readonly vocabSize: number;
  /** The mask that absorbing models add. */
  readonly maskId: number;
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

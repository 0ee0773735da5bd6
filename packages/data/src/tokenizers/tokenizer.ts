import type { Spec } from '@idlm/core-diffusion/choices';
import type { Normalisation } from '../normalise';

/** Text to ids and back. */
export interface Tokenizer {
  /** Its type in the registry, with the options that it was made with; those of the Hugging Face format are `hugging-face`. */
  readonly spec: Spec;
  /** Entries including the mask. */
  readonly vocabSize: number;
  /** The mask of absorbing models. */
  readonly maskId: number;
  /** Whether the mask was added behind a vocabulary that has none of its own. */
  readonly addedMask: boolean;
  /** The token that fills short rows up, where the vocabulary has one: the space, or a hub vocabulary's own padding. */
  readonly padId?: number;
  /** The vocabulary's own end of a text, such as `<|endoftext|>`; characters and bytes have none. */
  readonly endOfTextId?: number;
  /** What stands before a text: a hub vocabulary's own, or the `[BOS]` that characters and bytes can be made with. */
  readonly beginId?: number;
  /** What the vocabulary has instead of words that it lacks; without it, `encode` refuses such a word. */
  readonly unknownId?: number;
  /** Whether words may begin with the space before them, so that a space between two texts belongs to the second. */
  readonly spaceLeads?: boolean;
  /** Ids between two documents: the end of a text, else a line end, else a space; empty where the vocabulary has neither. */
  readonly separator: Int32Array;
  /** Applied before encoding. */
  readonly normalise: Normalisation;
  /**
   * Ids of a text. Neither the mask nor an added `[BOS]` is ever a word of a text: what spells them is encoded as ordinary
   * tokens. A hub vocabulary's other special tokens are found in a text as Python's library finds them, since
   * `<|endoftext|>` is commonly written between documents.
   * @throws InputError naming the first word that the vocabulary lacks, and its line
   */
  encode(text: string): Int32Array;
  /** Characters of a text that normalisation makes spaces of, drops or replaces; see `lostCharacters`. */
  lost(text: string): number;
  /** Text of ids; masks are shown as `▁`, ids that the vocabulary has not as U+FFFD, an added `[BOS]` not at all. */
  decode(ids: ArrayLike<number>): string;
  /**
   * UTF-8 bytes that ids stand for, of vocabularies whose tokens are bytes: a token may hold half a character, which `decode` can only
   * show as U+FFFD. Absent where the bytes are those of `decode`.
   */
  byteLength?(ids: ArrayLike<number>): number;
  /**
   * `tokenizer.json`: in the format that Hugging Face's libraries read, or of a type of one's own, any object from which that type
   * makes the tokenizer again.
   */
  readonly json: Readonly<Record<string, unknown>>;
  /** `tokenizer_config.json`, as it was read where it was. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** How a mask is shown in decoded text. */
export const MASK_TEXT = '▁';

import type { Spec } from '@idlm/core-diffusion/choices';
import type { Batch, Loader, MemoryLoader, Randomness, Ranks } from '../loaders/loader';
import type { Normalisation } from '../normalise';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { PackedCorpus } from '../tokens/token-corpus';
import type { CorpusFacts } from './facts';
import type { PromptSeparator } from './prompts';
import type { CorpusSource } from './read';

/** The ways in which documents lie in batches. */
export const LAYOUTS = ['packed', 'rows'] as const;

/** How documents lie in batches. */
export type Layout = (typeof LAYOUTS)[number];

/**
 * What becomes of the padding of rows: text like any other, by which models learn to end them; given, like a prompt; or noised like text and
 * counted in no loss, as MDLM's trainer has it.
 */
export const PADDINGS = ['learned', 'given', 'uncounted'] as const;

/** What becomes of the padding of rows. */
export type Padding = (typeof PADDINGS)[number];

/** How far the reading of a corpus is, in bytes of its files; those read twice count twice. */
export interface ReadingProgress {
  readonly bytes: number;
  readonly total: number;
}

/** What a corpus is prepared from, and how. */
export interface PrepareOptions {
  /** The documents: `openCorpus` for files, `corpusOf` for what is in memory. */
  readonly source: CorpusSource;
  /**
   * A tokenizer, or one by name (see `tokenizers`), which may read the text for it. Default `characters`: the letters for the
   * normalisation `letters`, else all characters of the text, which is read twice then.
   */
  readonly tokenizer?: Tokenizer | Spec | string;
  /** Of a tokenizer that is made by name (default: as its type has it; `letters` for characters). */
  readonly normalise?: Normalisation;
  /** packed: one long row, windows of which are trained on. rows: each document by itself, padded. */
  readonly layout: Layout;
  /** Tokens of a sequence, at least 1. */
  readonly length: number;
  /** Share held out, in [0, 0.5] (default 0.1); or 1, all of a text that is not trained on. */
  readonly heldOut?: number;
  /** What stands between packed documents; null: the tokenizer's own separator. */
  readonly separator?: string | null;
  /** What stands between a prompt and its text; null: see `separatorBehind`. */
  readonly promptSeparator?: PromptSeparator;
  /**
   * Windows begin and end with the vocabulary's begin and end of a text, as published models have it: packed ones at their ends, rows around
   * their text, before the padding.
   */
  readonly windowEnds?: boolean;
  /** Of rows (default `learned`). Where it is not learned, none of it counts in losses, bounds and what is judged. */
  readonly padding?: Padding;
  /**
   * Rows stand behind a token that is given, like a prompt: the one of this id, or where it is true that of `rowStartOf`. A
   * tokenizer that is made here has one then. Default: none does.
   */
  readonly rowStart?: number | boolean;
  readonly onProgress?: (progress: ReadingProgress) => void;
}

/** A corpus ready to train and evaluate on. */
export interface PreparedCorpus {
  readonly tokenizer: Tokenizer;
  /** Bytes of the tokens that are in memory. */
  readonly bytes: number;
  /** The token behind short rows; absent where text is packed. */
  readonly padId?: number;
  /** The token that stands before every row, where one does. */
  readonly rowStart?: number;
  /** Whether rows have prompts. */
  readonly isPrompted: boolean;
  /**
   * Held-out windows or rows of the length asked for, behind their start where they have one; training ones where nothing is
   * held out. Starts and prompts are marked as given. The first 131,072 of more; made when first read.
   */
  readonly heldOut: Batch;
  /** The first of them, at most `most`: of much text, a few take less memory. */
  takeHeldOut(most: number): Batch;
  /**
   * The training part in the same way, for counting: one long row where text is packed. Of files, its first 2²⁴ tokens. Of a text that is held
   * out as a whole, which has none, that text.
   */
  takeTraining(): Pick<PackedCorpus, 'train'> & { readonly rowLength?: number };
  /** Text of ids, without a row's start. */
  decode(ids: ArrayLike<number>): string;
  /** The words of the training text, for the dictionary-word rate. Found when first read. */
  readonly words: ReadonlySet<string>;
  /** What a user should know of it, in sentences, such as what was left out. */
  readonly notes: readonly string[];
  /** How much text it is, and how it is split. */
  readonly facts: CorpusFacts;
  /** Batches of the training part. @throws InputError for another length than that of its rows, or where there is no such part */
  loader(options: LoaderOptions): Loader;
}

/** Which batches of a corpus are drawn. */
export interface LoaderOptions extends Ranks {
  /** Tokens of a sequence. */
  readonly length: number;
  readonly batch: number;
  readonly random: Randomness;
}

/** A corpus whose tokens are all in memory. */
export interface MemoryCorpus extends PreparedCorpus {
  /** The tokens; in rows, one padded row after another. */
  readonly packed: PackedCorpus;
  loader(options: LoaderOptions): MemoryLoader;
}

/** What a prepared corpus is, for a run's first lines and its records. */
export interface CorpusFacts {
  /** Documents that hold text: files, lines, or entries of JSONL, JSON, CSV or Parquet. */
  readonly documents: number;
  /** Characters of the documents and their prompts as they were read (UTF-16 code units). */
  readonly characters: number;
  /** Those of them that normalisation made spaces of, dropped or replaced. */
  readonly lostCharacters: number;
  /** Tokens that stand for words which the vocabulary lacks. */
  readonly unknownTokens: number;
  /** Documents that are left out: without text, without a token once normalised, or longer than a row. */
  readonly leftOut: { readonly empty: number; readonly emptied: number; readonly tooLong: number };
  /** Tokens to train on and held out, with separators and padding. */
  readonly tokens: number;
  readonly trainTokens: number;
  readonly heldOutTokens: number;
  /** What stands between packed documents, as text; absent in rows. */
  readonly separator?: string;
  /** The files that the text was read from, in their order; absent where it was read from none. */
  readonly files?: readonly string[];
  /** Nothing is held out, so what stands for held-out text was trained on. */
  readonly heldOutIsTraining: boolean;
  /** sha256 over all tokens, as int32. */
  readonly hash: string;
}

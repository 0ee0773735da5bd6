/** What a prepared corpus is, for a run's first lines and its records. */
export interface CorpusFacts {
  /** Documents that hold text: files, lines, fields of lines or rows. */
  readonly documents: number;
  /** Characters of the documents and their prompts as they were read (UTF-16 code units). */
  readonly characters: number;
  /** Tokens to train on and held out, with separators and padding. */
  readonly tokens: number;
  readonly trainTokens: number;
  readonly heldOutTokens: number;
  /** The files that the text was read from, in their order; absent where it was read from none. */
  readonly files?: readonly string[];
  /** Nothing is held out, so what stands for held-out text was trained on. */
  readonly heldOutIsTraining: boolean;
  /** sha256 over all tokens. */
  readonly hash: string;
}

import type { TokenArray } from './token-store';

/** A corpus as tokens, and a part of it held out. */
export interface PackedCorpus {
  readonly train: TokenArray;
  /** A share that is never trained on: the last tokens, or some of the rows. */
  readonly heldOut: TokenArray;
  /** sha256 over all tokens, as int32. */
  readonly hash: string;
}

/** A corpus of padded rows: `train` and `heldOut` are [N, L], row-major. */
export interface RowCorpus extends PackedCorpus {
  /** Tokens of a row, L. */
  readonly length: number;
  /** The token behind shorter rows. Models learn to write it like any other. */
  readonly padId: number;
  /** Documents that were longer than a row, and are left out. */
  readonly dropped: number;
  /** Documents without a token of their own once they are normalised, and left out. */
  readonly emptied: number;
  /** Prompts without a token once they are normalised; their texts stand alone. */
  readonly emptiedPrompts: number;
  /** Tokens of each row's prompt, with the one before it where rows have ends, [N], where documents have prompts. */
  readonly prompts?: { readonly train: Int32Array; readonly heldOut: Int32Array };
}

import type { Json } from '../spec';

/** The vocabulary that a family is made for. */
export interface Vocabulary {
  /** Entries of a row of logits, the mask included where there is one. */
  readonly vocabSize: number;
  /** Absorbing families only; the last entry by default. */
  readonly maskId?: number;
}

/** A family as a choice by name, for training and for sampling alike. */
export interface FamilyChoice<Options> {
  /** A sentence for `--help`. */
  readonly description: string;
  /** What the family is made of, from options in JSON. @throws InputError for options that the family has not */
  read(options: Readonly<Record<string, Json>>, vocabulary: Vocabulary): Options;
}

import type { OptionDeclarations, OptionsOf } from '../option-declarations';
import type { Json } from '../spec';

/** The vocabulary that a family is made for. */
export interface Vocabulary {
  /** Entries of a row of logits, the mask included where there is one. */
  readonly vocabSize: number;
  /** Absorbing families only; the last entry by default. */
  readonly maskId?: number;
}

/** A family as a choice by name, for training and for sampling alike. */
export interface FamilyChoice<Made, Declared extends OptionDeclarations> {
  /** A sentence for `--help`. */
  readonly description: string;
  readonly options: Declared;
  /** What the family is made of. @throws InputError for options that do not go together */
  read(options: OptionsOf<Declared>, vocabulary: Vocabulary): Made;
}

/** The option of a family by which its noise schedule is chosen. @param standing what it is where nobody sets it */
export const scheduleOption = <const Standing extends Json>(standing: Standing) =>
  ({ kind: 'spec', default: standing, choice: 'noise schedule', meaning: 'how noise grows with time' }) as const;

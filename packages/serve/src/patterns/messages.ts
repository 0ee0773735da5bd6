import type { TokenAutomaton, TokenTexts } from '@idlm/samplers/patterns';

/** What tokens of a model are as text, and a number that tells it from others. */
export interface Vocabulary extends TokenTexts {
  readonly id: number;
}

/** A pattern that is to become an automaton. */
export interface PatternOrder {
  readonly pattern: string;
  /** Number of the vocabulary. */
  readonly id: number;
  /** The vocabulary, if the thread has not had it yet. */
  readonly vocabulary?: Vocabulary;
}

/** The automaton of a pattern, or why there is none. */
export type PatternReply = { readonly automaton: TokenAutomaton } | { readonly refused: string };

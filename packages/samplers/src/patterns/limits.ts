/** How large automata of patterns may be. */
export interface PatternLimits {
  /** States of an automaton over characters, also before it is made deterministic and minimal. */
  readonly states: number;
  /** Transitions that may be looked at to make one deterministic. */
  readonly transitions: number;
  /** Moves of an automaton over tokens: states by kinds of tokens, 4 bytes each. */
  readonly moves: number;
}

/** The limits where none are given: a pattern at them takes some two seconds of one processor, and 150 MB; its moves 128 MB. */
export const PATTERN_LIMITS: PatternLimits = { states: 10_000, transitions: 4_000_000, moves: 2 ** 25 };

import type { PatternLimits } from '@idlm/samplers/patterns';

/** How large the automata of patterns of strangers may be: up to a second of the thread that makes them, most a tenth, and 4 MB. */
export const AUTOMATON_LIMITS: PatternLimits = { states: 2000, transitions: 200_000, moves: 2 ** 20 };

/**
 * Most pairs of a state and one behind it, by any token, for all tokens of a text together. The server's thread looks at each pair at most twice
 * for a step of a text that is written from left to right.
 */
export const PAIRS_OF_TEXT = 2 ** 21;

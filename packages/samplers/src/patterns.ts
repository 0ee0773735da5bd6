/** Texts that match a regular expression, for samplers of absorbing processes and from left to right. */
export { type CharacterAutomaton, patternAutomaton } from './patterns/character-automaton';
export { type GrammarOptions, grammarPattern } from './patterns/grammar';
export { holdToPattern, requireMatch } from './patterns/hold-to-pattern';
export { PATTERN_LIMITS, type PatternLimits } from './patterns/limits';
export { type TokenAutomaton, type TokenTexts, tokenAutomaton } from './patterns/token-automaton';

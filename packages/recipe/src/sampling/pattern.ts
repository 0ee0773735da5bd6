import type { Tokenizer } from '@idlm/data';
import { type LogitShaper, composeShapers } from '@idlm/samplers';
import type { Config } from '../config/schema';
import { tokenTexts } from '../text/token-texts';

/**
 * A shaper behind that of the configured pattern, if there is one: what matches is left first, so that the others choose among it.
 * @throws InputError for what is no pattern, and tokenizers that text cannot be held to one with
 */
export async function withPattern(
  shape: LogitShaper,
  { pattern }: Config['sampling'],
  tokenizer: Tokenizer,
): Promise<LogitShaper> {
  if (pattern === null) return shape;
  // Loaded for those alone who name a pattern: the library of automata is a megabyte.
  const { holdToPattern, patternAutomaton, tokenAutomaton } = await import('@idlm/samplers/patterns');
  const automaton = tokenAutomaton(patternAutomaton(pattern), await tokenTexts(tokenizer));
  return composeShapers(holdToPattern(automaton), shape);
}

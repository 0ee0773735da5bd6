import { isInputError } from '@idlm/core-diffusion/errors';
import { patternAutomaton, tokenAutomaton } from '@idlm/samplers/patterns';
import { AUTOMATON_LIMITS } from './limits';
import type { PatternOrder, PatternReply, Vocabulary } from './messages';

/** What a thread does: it makes automata over the vocabularies that orders bring. */
export function automatonMaker(): (order: PatternOrder) => PatternReply {
  const vocabularies = new Map<number, Vocabulary>();
  return ({ pattern, id, vocabulary }) => {
    if (vocabulary) vocabularies.set(id, vocabulary);
    try {
      const characters = patternAutomaton(pattern, AUTOMATON_LIMITS);
      return { automaton: tokenAutomaton(characters, vocabularies.get(id)!, AUTOMATON_LIMITS) };
    } catch (error) {
      if (isInputError(error)) return { refused: error.message };
      throw error;
    }
  };
}

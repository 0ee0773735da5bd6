import type { Tokenizer } from '@idlm/data';
import { tokenTexts } from '@idlm/recipe/text';
import type { LogitShaper } from '@idlm/samplers';
import type { TokenAutomaton } from '@idlm/samplers/patterns';
import { semaphore } from '../semaphore';
import type { Vocabulary } from './messages';
import { patternThread } from './pattern-thread';

/** A pattern over the tokens of a model. */
export interface HeldPattern {
  readonly automaton: TokenAutomaton;
  /** Holds texts to it. */
  readonly hold: LogitShaper;
}

/** Patterns of requests. */
export interface Patterns {
  /**
   * A pattern over the tokens of a tokenizer.
   * @param signal ends the making at once
   * @throws InputError for what is no pattern, what makes too large an automaton, and a tokenizer that text cannot be held to one with; the
   * signal's reason when aborted
   */
  of(pattern: string, tokenizer: Tokenizer, signal: AbortSignal): Promise<HeldPattern>;
  /** Ends the thread that makes them. */
  end(): void;
}

/** Patterns that are kept, those that were asked for last: at most 4 MB each. */
const KEPT = 16;

/** The last of what was asked for, by keys. */
function lastUsed<Value>(most: number) {
  const values = new Map<string, Value>();
  const put = (key: string, value: Value): void => {
    values.delete(key);
    values.set(key, value);
    if (values.size > most) values.delete(values.keys().next().value!);
  };
  return {
    put,
    get(key: string): Value | undefined {
      const found = values.get(key);
      if (found !== undefined) put(key, found);
      return found;
    },
  };
}

/** Patterns, made by a thread of their own; those of several requests are made once. */
export function openPatterns(): Patterns {
  const [thread, turn, kept] = [patternThread(), semaphore(1), lastUsed<HeldPattern>(KEPT)];
  const vocabularies = new WeakMap<Tokenizer, Promise<Vocabulary>>();
  let count = 0;
  const vocabularyOf = (tokenizer: Tokenizer): Promise<Vocabulary> => {
    const id = count++;
    const found = vocabularies.get(tokenizer) ?? tokenTexts(tokenizer).then((texts) => ({ ...texts, id }));
    vocabularies.set(tokenizer, found);
    return found;
  };
  return {
    async of(pattern, tokenizer, signal) {
      const vocabulary = await vocabularyOf(tokenizer);
      const key = `${vocabulary.id} ${pattern}`;
      const end = await turn.take(signal);
      try {
        // Who asked for it at the same time may have had the turn before.
        const known = kept.get(key);
        if (known) return known;
        const automaton = await thread.make(pattern, vocabulary, signal);
        // Loaded for those alone who name a pattern: the library of automata is a megabyte.
        const { holdToPattern } = await import('@idlm/samplers/patterns');
        const made = { automaton, hold: holdToPattern(automaton) };
        kept.put(key, made);
        return made;
      } finally {
        end();
      }
    },
    end: thread.end,
  };
}

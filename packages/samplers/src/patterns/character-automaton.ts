import { quoted, shortened } from '@idlm/core-diffusion/errors';
import { InputError } from '@idlm/core-diffusion/sampling';
import { type CharRange, DFA, JS, NFA, TooManyNodesError } from 'refa';
import { PATTERN_LIMITS, type PatternLimits } from './limits';

/** A deterministic automaton over characters, which are code points; a state that it has not means that nothing matches any more. */
export interface CharacterAutomaton {
  /** Number of states; 0 is the first. */
  readonly states: number;
  /** 1 where what was read so far matches, [states]. */
  readonly accepting: Uint8Array;
  /** Kinds of characters that lead to the same states everywhere. */
  readonly kinds: number;
  /** The kind of a code point. */
  kindOf(codePoint: number): number;
  /** State after a kind of character, [states · kinds]; −1 where nothing matches any more. */
  readonly next: Int32Array;
}

/** The pattern without signs of its two ends, which it has anyway. */
const withoutEnds = (pattern: string): string => {
  const body = pattern.replace(/^\^/, '');
  return /(?<!\\)(?:\\\\)*\$$/.test(body) ? body.slice(0, -1) : body;
};

/** How large an automaton over characters may be. */
type AutomatonLimits = Pick<PatternLimits, 'states' | 'transitions'>;

/** An automaton would take more transitions than there may be. */
class TooManyTransitions extends Error {}

/**
 * The same automaton, made deterministic. A state of it is a set of the other's, so that few states alone bound neither time nor memory:
 * each of the n states of a repetition within a repetition stands for up to n.
 */
function deterministic(automaton: NFA, { states, transitions }: AutomatonLimits): DFA {
  let seen = 0;
  const iterator = automaton.transitionIterator();
  const getOut = (node: NFA.ReadonlyNode) => {
    const out = iterator.getOut(node);
    if ((seen += out.size) > transitions) throw new TooManyTransitions();
    return out;
  };
  const { maxCharacter } = automaton;
  // Not stored by the library, and so counted each time.
  const transitionIterator = () => ({ ...iterator, getOut, stableOut: true });
  return DFA.fromFA({ maxCharacter, transitionIterator }, new DFA.LimitedNodeFactory(states));
}

/** @throws InputError for what is no regular expression, or none that an automaton can follow, and where that would be too large */
function minimalAutomaton(pattern: string, limits: AutomatonLimits): DFA {
  try {
    const parser = JS.Parser.fromLiteral({ source: withoutEnds(pattern), flags: 'u' });
    const { expression, maxCharacter } = parser.parse({ backreferences: 'throw', assertions: 'throw' });
    const nodes = new NFA.LimitedNodeFactory(limits.states);
    const automaton = deterministic(NFA.fromRegex(expression, { maxCharacter }, {}, nodes), limits);
    automaton.minimize();
    return automaton;
  } catch (error) {
    if (error instanceof TooManyNodesError || error instanceof TooManyTransitions)
      throw new InputError(
        `The pattern ${quoted(pattern)} makes too large an automaton, of more than ${limits.states} states or of ${limits.transitions} transitions on the way to it; let it repeat less, above all within what repeats.`,
      );
    throw new InputError(
      `The pattern ${quoted(pattern)} is none that text can be held to (${shortened((error as Error).message)}). It is a regular expression ` +
        'of the whole text, without look-around, word boundaries and back-references.',
    );
  }
}

/** First code points of kinds, ascending, so that no range of any state begins or ends within a kind. */
function startsOf(ranges: Iterable<CharRange>): number[] {
  const starts = new Set([0]);
  for (const { min, max } of ranges) starts.add(min).add(max + 1);
  return [...starts].sort((a, b) => a - b);
}

/** Index of the last entry that is at most `value`. */
function lastUpTo(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (ascending[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The states that can be reached, as tables. */
function flattened(initial: DFA.ReadonlyNode, finals: ReadonlySet<DFA.ReadonlyNode>): CharacterAutomaton {
  const nodes = [initial];
  const numbers = new Map([[initial, 0]]);
  for (const node of nodes) {
    for (const target of node.out.values()) {
      if (numbers.has(target)) continue;
      numbers.set(target, nodes.length);
      nodes.push(target);
    }
  }
  const starts = startsOf(nodes.flatMap((node) => [...node.out.keys()]));
  const kinds = starts.length;
  const kindOf = (codePoint: number) => lastUpTo(starts, codePoint);
  const next = new Int32Array(nodes.length * kinds).fill(-1);
  nodes.forEach((node, state) => {
    for (const [{ min, max }, target] of node.out)
      next.fill(numbers.get(target)!, state * kinds + kindOf(min), state * kinds + kindOf(max) + 1);
  });
  return {
    states: nodes.length,
    accepting: Uint8Array.from(nodes, (node) => Number(finals.has(node))),
    kinds,
    kindOf,
    next,
  };
}

/**
 * The smallest automaton of a regular expression in JavaScript's syntax (flag u), which the whole text must match.
 * @param limits how large it may be (default: 10,000 states, and four million transitions on the way to them)
 * @throws InputError for what is no regular expression, for look-around, word boundaries and back-references, and for what is larger than
 * the limits
 * @example
 * ```ts
 * import { patternAutomaton } from '@idlm/samplers/patterns';
 *
 * console.log(patternAutomaton('[0-9]{4}-[0-9]{2}').states); // → 8
 * ```
 */
export function patternAutomaton(pattern: string, limits: AutomatonLimits = PATTERN_LIMITS): CharacterAutomaton {
  const { initial, finals } = minimalAutomaton(pattern, limits);
  return flattened(initial, finals);
}

import { InputError } from '@idlm/core-diffusion/sampling';
import { type CharRange, DFA, JS, NFA } from 'refa';

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

/** @throws InputError for what is no regular expression, or none that an automaton can follow */
function minimalAutomaton(pattern: string): DFA {
  try {
    const parser = JS.Parser.fromLiteral({ source: withoutEnds(pattern), flags: 'u' });
    const { expression, maxCharacter } = parser.parse({ backreferences: 'throw', assertions: 'throw' });
    const automaton = DFA.fromFA(NFA.fromRegex(expression, { maxCharacter }));
    automaton.minimize();
    return automaton;
  } catch (error) {
    throw new InputError(
      `The pattern ${JSON.stringify(pattern)} is none that text can be held to (${(error as Error).message}). It is a regular expression ` +
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
 * @throws InputError for what is no regular expression, and for look-around, word boundaries and back-references
 * @example
 * ```ts
 * import { patternAutomaton } from '@idlm/samplers/patterns';
 *
 * console.log(patternAutomaton('[0-9]{4}-[0-9]{2}').states); // → 8
 * ```
 */
export function patternAutomaton(pattern: string): CharacterAutomaton {
  const { initial, finals } = minimalAutomaton(pattern);
  return flattened(initial, finals);
}

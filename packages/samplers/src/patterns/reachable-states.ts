import { ANY, type StateSet, add, eachIn, has, replace, stepBackward, stepForward, wordsOf } from './state-sets';
import type { TokenAutomaton } from './token-automaton';

export { ANY } from './state-sets';

/** Which states a row can be in, by what stands before and behind each place. */
export interface ReachableStates {
  /** Takes the kinds of the row's tokens as they are now, [N], `ANY` where not written; what follows from a change is worked out when it is asked for. */
  update(kinds: Int32Array): void;
  /** Whether any text fits the row. */
  isPossible(): boolean;
  /** 1 for each kind of token with which some text still fits the row at a position, whatever stands there now, [kinds]. */
  possibleKinds(position: number): Uint8Array;
}

/** Sets of states at the N + 1 places between tokens; the first of `forward` and the last of `backward` do not change. */
interface Sets {
  /** States to which what stands before a place can lead. */
  readonly forward: readonly StateSet[];
  /** States from which what stands behind a place can lead to an end. */
  readonly backward: readonly StateSet[];
}

/** Sets of states in one piece of memory. */
function setsIn(memory: StateSet, words: number): StateSet[] {
  return Array.from({ length: memory.length / words }, (_, place) =>
    memory.subarray(place * words, (place + 1) * words),
  );
}

/** Sets that follow from one another along a row, and are worked out up to the place that is asked for. */
interface Chain {
  /** The token at a position has changed. */
  change(position: number): void;
  /** The set at a place, as the tokens are now. */
  at(place: number): StateSet;
}

/** The sets before each place. A change is followed as far as it changes sets, and no further than somebody asks. */
function forwardChain(automaton: TokenAutomaton, sets: readonly StateSet[], kinds: Int32Array): Chain {
  const isStale = new Uint8Array(kinds.length + 1);
  const scratch = new Uint32Array(wordsOf(automaton.states));
  let first = kinds.length;
  return {
    change(position) {
      isStale[position] = 1;
      first = Math.min(first, position);
    },
    at(place) {
      for (let i = first; i < place; i++) {
        if (!isStale[i]) continue;
        isStale[i] = 0;
        stepForward(automaton, sets[i]!, kinds[i]!, scratch);
        if (replace(sets[i + 1]!, scratch)) isStale[i + 1] = 1;
      }
      first = Math.max(first, place);
      return sets[place]!;
    },
  };
}

/** The sets behind each place, likewise. */
function backwardChain(automaton: TokenAutomaton, sets: readonly StateSet[], kinds: Int32Array): Chain {
  // By the place behind a token.
  const isStale = new Uint8Array(kinds.length + 1);
  const scratch = new Uint32Array(wordsOf(automaton.states));
  let last = 0;
  return {
    change(position) {
      isStale[position + 1] = 1;
      last = Math.max(last, position + 1);
    },
    at(place) {
      for (let i = last; i > place; i--) {
        if (!isStale[i]) continue;
        isStale[i] = 0;
        stepBackward(automaton, sets[i]!, kinds[i - 1]!, scratch);
        if (replace(sets[i - 1]!, scratch)) isStale[i - 1] = 1;
      }
      last = Math.min(last, place);
      return sets[place]!;
    },
  };
}

/** The sets of a row of which nothing is written. */
function blankSets(automaton: TokenAutomaton, length: number): Sets {
  const words = wordsOf(automaton.states);
  const [forward, backward] = [0, 1].map(() => setsIn(new Uint32Array((length + 1) * words), words)) as [
    StateSet[],
    StateSet[],
  ];
  add(forward[0]!, 0);
  automaton.accepting.forEach((isAccepting, state) => isAccepting && add(backward[length]!, state));
  for (let i = 0; i < length; i++) stepForward(automaton, forward[i]!, ANY, forward[i + 1]!);
  for (let i = length; i > 0; i--) stepBackward(automaton, backward[i]!, ANY, backward[i - 1]!);
  return { forward, backward };
}

/** A copy of sets that lie in one piece of memory. */
const copied = (sets: readonly StateSet[]): StateSet[] =>
  setsIn(new Uint32Array(sets[0]!.buffer.slice(0)), sets[0]!.length);

/** The states of one row, from those of a blank one. */
function rowStates(automaton: TokenAutomaton, blank: Sets): ReachableStates {
  const known = new Int32Array(blank.forward.length - 1).fill(ANY);
  const forward = forwardChain(automaton, copied(blank.forward), known);
  const backward = backwardChain(automaton, copied(blank.backward), known);
  const { kinds, next, pads, accepting, states } = automaton;
  return {
    update(now) {
      for (let i = 0; i < now.length; i++) {
        if (known[i] === now[i]) continue;
        known[i] = now[i]!;
        forward.change(i);
        backward.change(i);
      }
    },
    isPossible: () => has(backward.at(0), 0) === 1,
    possibleKinds(position) {
      const possible = new Uint8Array(kinds);
      const [from, to] = [forward.at(position), backward.at(position + 1)];
      const canPad = has(to, states - 1);
      eachIn(from, (state) => {
        const [row, isEnd] = [state * kinds, canPad & accepting[state]!];
        for (let kind = 0; kind < kinds; kind++) {
          const target = next[row + kind]!;
          possible[kind]! |= (target >= 0 ? has(to, target) : 0) | (isEnd & pads[kind]!);
        }
      });
      return possible;
    },
  };
}

/** A function that makes the reachable states of rows, of which nothing is written yet. */
export function reachableStates(automaton: TokenAutomaton): (length: number) => ReachableStates {
  // Of the length that was asked for last: rows of a batch have one.
  let [blankLength, blank] = [-1, undefined as Sets | undefined];
  return (length) => {
    if (!blank || blankLength !== length) [blankLength, blank] = [length, blankSets(automaton, length)];
    return rowStates(automaton, blank);
  };
}

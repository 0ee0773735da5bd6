import type { TokenAutomaton } from './token-automaton';

/** The kind of a position that is not written yet: any token may come. */
export const ANY = -1;

/** Visits the states behind a state, for tokens of one kind. */
function eachTarget(automaton: TokenAutomaton, state: number, kind: number, visit: (target: number) => void): void {
  const { states, kinds, next, pads, accepting } = automaton;
  const target = next[state * kinds + kind]!;
  if (target >= 0) visit(target);
  if (pads[kind] && accepting[state]) visit(states - 1);
}

/** The states behind each state, for any token. */
function anyTargets(automaton: TokenAutomaton): Int32Array[] {
  return Array.from({ length: automaton.states }, (_, state) => {
    const targets = new Set<number>();
    for (let kind = 0; kind < automaton.kinds; kind++)
      eachTarget(automaton, state, kind, (target) => targets.add(target));
    return Int32Array.from(targets);
  });
}

/** Replaces a set of states. @returns whether it was another */
function replace(sets: Uint8Array[], at: number, set: Uint8Array): boolean {
  const before = sets[at]!;
  sets[at] = set;
  return set.some((value, state) => value !== before[state]);
}

/** Which states a row can be in, by what stands before and behind each place. */
export interface ReachableStates {
  /** Takes the kinds of the row's tokens as they are now, [N], `ANY` where not written; only what changed is worked out again. */
  update(kinds: Int32Array): void;
  /** Whether any text fits the row. */
  isPossible(): boolean;
  /** 1 for each kind of token with which some text still fits the row at a position, whatever stands there now, [kinds]. */
  possibleKinds(position: number): Uint8Array;
}

/**
 * A function that makes the reachable states of rows: forward, those that what stands before a place can lead to; backward, those
 * from which what stands behind it can lead to an end.
 */
export function reachableStates(automaton: TokenAutomaton): (length: number) => ReachableStates {
  const { states, accepting } = automaton;
  const targets = anyTargets(automaton);
  const each = (state: number, kind: number, visit: (target: number) => void) =>
    kind === ANY ? targets[state]!.forEach(visit) : eachTarget(automaton, state, kind, visit);
  const after = (set: Uint8Array, kind: number) => {
    const out = new Uint8Array(states);
    for (let state = 0; state < states; state++) if (set[state]) each(state, kind, (target) => (out[target] = 1));
    return out;
  };
  const before = (set: Uint8Array, kind: number) => {
    const out = new Uint8Array(states);
    for (let state = 0; state < states; state++) each(state, kind, (target) => (out[state]! |= set[target]!));
    return out;
  };
  return (length) => {
    const forward = Array.from({ length: length + 1 }, () => new Uint8Array(states));
    const backward = Array.from({ length: length + 1 }, () => new Uint8Array(states));
    forward[0]![0] = 1;
    backward[length]!.set(accepting);
    // Of no kind at all, so that the first update works out everything.
    const known = new Int32Array(length).fill(ANY - 1);
    return {
      update(kinds) {
        const first = known.findIndex((kind, i) => kind !== kinds[i]);
        if (first < 0) return;
        const last = known.findLastIndex((kind, i) => kind !== kinds[i]);
        known.set(kinds);
        for (let i = first; i < length; i++)
          if (!replace(forward, i + 1, after(forward[i]!, known[i]!)) && i >= last) break;
        for (let i = last; i >= 0; i--)
          if (!replace(backward, i, before(backward[i + 1]!, known[i]!)) && i <= first) break;
      },
      isPossible: () => backward[0]![0] === 1,
      possibleKinds(position) {
        const possible = new Uint8Array(automaton.kinds);
        const [from, to] = [forward[position]!, backward[position + 1]!];
        for (let state = 0; state < states; state++) {
          if (!from[state]) continue;
          for (let kind = 0; kind < possible.length; kind++)
            eachTarget(automaton, state, kind, (target) => (possible[kind]! |= to[target]!));
        }
        return possible;
      },
    };
  };
}

import type { TokenAutomaton } from './token-automaton';

/** The kind of a position that is not written yet: any token may come. */
export const ANY = -1;

/** A set of states, a bit for each, 32 in a number. */
export type StateSet = Uint32Array;

/** Numbers of a set of so many states. */
export const wordsOf = (states: number): number => Math.ceil(states / 32);

/** Whether a set has a state: 1 or 0. */
export const has = (set: StateSet, state: number): number => (set[state >>> 5]! >>> (state & 31)) & 1;

/** Puts a state into a set. */
export function add(set: StateSet, state: number): void {
  set[state >>> 5]! |= 1 << (state & 31);
}

/** Visits the states of a set, ascending. */
export function eachIn(set: StateSet, visit: (state: number) => void): void {
  for (let word = 0; word < set.length; word++)
    for (let bits = set[word]!; bits !== 0; bits &= bits - 1) visit((word << 5) + 31 - Math.clz32(bits & -bits));
}

/** Makes a set the same as another. @returns whether it was another before */
export function replace(set: StateSet, by: StateSet): boolean {
  let isOther = false;
  for (let word = 0; word < set.length; word++) {
    if (set[word] !== by[word]) isOther = true;
    set[word] = by[word]!;
  }
  return isOther;
}

/** Fills a set with the states behind those of another, by a token of a kind. */
export function stepForward(automaton: TokenAutomaton, from: StateSet, kind: number, to: StateSet): void {
  const { states, kinds, next, pads, accepting, targets, targetStarts } = automaton;
  to.fill(0);
  if (kind === ANY) {
    eachIn(from, (state) => {
      for (let i = targetStarts[state]!; i < targetStarts[state + 1]!; i++) add(to, targets[i]!);
    });
    return;
  }
  eachIn(from, (state) => {
    const target = next[state * kinds + kind]!;
    if (target >= 0) add(to, target);
    if (pads[kind] && accepting[state]) add(to, states - 1);
  });
}

/** Fills a set with the states from which a token of a kind leads to one of another. */
export function stepBackward(automaton: TokenAutomaton, to: StateSet, kind: number, from: StateSet): void {
  const { states, kinds, next, pads, accepting, targets, targetStarts } = automaton;
  from.fill(0);
  if (kind === ANY) {
    for (let state = 0; state < states; state++) {
      const end = targetStarts[state + 1]!;
      for (let i = targetStarts[state]!; i < end; i++) {
        if (!has(to, targets[i]!)) continue;
        add(from, state);
        break;
      }
    }
    return;
  }
  const canPad = pads[kind] === 1 && has(to, states - 1) === 1;
  for (let state = 0; state < states; state++) {
    const target = next[state * kinds + kind]!;
    if ((target >= 0 && has(to, target)) || (canPad && accepting[state])) add(from, state);
  }
}

import { InputError } from '@idlm/core-diffusion/sampling';
import type { CharacterAutomaton } from './character-automaton';
import { PATTERN_LIMITS, type PatternLimits } from './limits';

/** A non-deterministic automaton over tokens: a text that matches may go on as padding, which a token of its words may be, too. */
export interface TokenAutomaton {
  /** Number of states; 0 is the first, and the last one that of the padding. */
  readonly states: number;
  /** 1 where a text may end, [states]. */
  readonly accepting: Uint8Array;
  /** Number of kinds of tokens that lead to the same states everywhere. */
  readonly kinds: number;
  /** The kind of each token, [V]. */
  readonly kindOf: Int32Array;
  /** 1 where tokens of a kind may stand behind the text, [kinds]. */
  readonly pads: Uint8Array;
  /** State after a kind of token, [states · kinds]; −1 where nothing matches any more. */
  readonly next: Int32Array;
  /** Where each state's part of `targets` begins, and where the last one's ends, [states + 1]. */
  readonly targetStarts: Int32Array;
  /** States behind a state, each once, by whichever token. */
  readonly targets: Int32Array;
}

/** What tokens are as text. */
export interface TokenTexts {
  /** The text of each token, [V]; undefined for those that are no text, such as the mask, which are never written. */
  readonly texts: readonly (string | undefined)[];
  /** Tokens that may stand behind the text, up to the end of the row. */
  readonly padding?: readonly number[];
}

/** State behind characters of such kinds, from each state; −1 where nothing matches any more. */
function movesOf({ states, kinds, next }: CharacterAutomaton, read: readonly number[]): Int32Array {
  return Int32Array.from({ length: states }, (_, state) => {
    let target = state;
    for (let i = 0; i < read.length && target >= 0; i++) target = next[target * kinds + read[i]!]!;
    return target;
  });
}

/** Tokens that lead to the same states everywhere. */
interface TokenKind {
  readonly moves: Int32Array;
  readonly pads: boolean;
}

/** A number of a kind that tells most others from it: FNV-1a, over whole numbers in place of bytes. */
const hashOf = ({ moves, pads }: TokenKind): number =>
  moves.reduce((hash, target) => Math.imul(hash ^ target, 0x01000193), 0x811c9dc5 ^ Number(pads));

/** Numbers of kinds, in the order in which they come up. */
function numbering() {
  const found: TokenKind[] = [];
  const byHash = new Map<number, number[]>();
  const isSame = (a: TokenKind, b: TokenKind) =>
    a.pads === b.pads && a.moves.every((target, state) => target === b.moves[state]);
  return {
    found,
    numberOf(kind: TokenKind): number {
      const hash = hashOf(kind);
      const alike = byHash.get(hash) ?? [];
      const known = alike.find((number) => isSame(found[number]!, kind));
      if (known !== undefined) return known;
      const number = found.push(kind) - 1;
      byHash.set(hash, [...alike, number]);
      return number;
    },
  };
}

/** @throws InputError if a token of the padding is not in the vocabulary */
function checkPadding(padding: readonly number[], vocabSize: number): void {
  const stray = padding.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabSize));
  if (stray !== undefined) throw new InputError(`Padding is of ids below ${vocabSize}; ${stray} was given.`);
}

/** @throws InputError where so many kinds of tokens have more moves than there may be */
function checkMoves(states: number, kinds: number, { moves }: Pick<PatternLimits, 'moves'>): void {
  if (states * kinds > moves)
    throw new InputError(
      `The pattern makes too large an automaton over the tokens, of ${states} states by more than ${kinds - 1} kinds of tokens; let it be shorter, or tell fewer characters apart.`,
    );
}

/** The kind of each token, and what the kinds are. */
function kindsOf(
  characters: CharacterAutomaton,
  { texts, padding = [] }: TokenTexts,
  limits: Pick<PatternLimits, 'moves'>,
) {
  const padded = new Set(padding);
  const { found, numberOf } = numbering();
  // Of letters that a pattern does not tell apart, all words of a length are one.
  const known = new Map<string, number>();
  const kindOf = Int32Array.from(texts, (text, token) => {
    const read = Array.from(text ?? '', (character) => characters.kindOf(character.codePointAt(0)!));
    const key = `${padded.has(token)} ${read.join(' ')}`;
    if (!known.has(key)) {
      // A token without text would never end a row, and only move nothing.
      const moves = read.length ? movesOf(characters, read) : new Int32Array(characters.states).fill(-1);
      known.set(key, numberOf({ moves, pads: padded.has(token) }));
      checkMoves(characters.states + 1, found.length, limits);
    }
    return known.get(key)!;
  });
  return { kindOf, found };
}

/** The states behind each state, by any token. */
function targetsOf(
  { states, kinds, next, accepting }: Pick<TokenAutomaton, 'states' | 'kinds' | 'next' | 'accepting'>,
  hasPads: boolean,
) {
  const targetStarts = new Int32Array(states + 1);
  const targets: number[] = [];
  // The state by which each was found last.
  const foundBy = new Int32Array(states).fill(-1);
  for (let state = 0; state < states; state++) {
    const add = (target: number): void => {
      if (target < 0 || foundBy[target] === state) return;
      foundBy[target] = state;
      targets.push(target);
    };
    for (let kind = 0; kind < kinds; kind++) add(next[state * kinds + kind]!);
    if (hasPads && accepting[state]) add(states - 1);
    targetStarts[state + 1] = targets.length;
  }
  return { targetStarts, targets: Int32Array.from(targets) };
}

/**
 * The automaton of a pattern over the tokens of a vocabulary: their texts, one behind the other, must match.
 * @param limits how large it may be (default: 2²⁵ moves)
 * @throws InputError if a token of the padding is not in the vocabulary, and for more moves than the limits allow
 */
export function tokenAutomaton(
  characters: CharacterAutomaton,
  texts: TokenTexts,
  limits: Pick<PatternLimits, 'moves'> = PATTERN_LIMITS,
): TokenAutomaton {
  checkPadding(texts.padding ?? [], texts.texts.length);
  const { kindOf, found } = kindsOf(characters, texts, limits);
  const [states, kinds] = [characters.states + 1, found.length];
  const next = new Int32Array(states * kinds).fill(-1);
  found.forEach(({ moves }, kind) => moves.forEach((target, state) => (next[state * kinds + kind] = target)));
  const accepting = Uint8Array.from([...characters.accepting, 1]);
  const pads = Uint8Array.from(found, (kind) => Number(kind.pads));
  const targets = targetsOf({ states, kinds, next, accepting }, pads.includes(1));
  return { states, accepting, kinds, kindOf, pads, next, ...targets };
}

import { InputError } from '@idlm/core-diffusion/sampling';
import type { CharacterAutomaton } from './character-automaton';

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
}

/** What tokens are as text. */
export interface TokenTexts {
  /** The text of each token, [V]; undefined for those that are no text, such as the mask, which are never written. */
  readonly texts: readonly (string | undefined)[];
  /** Tokens that may stand behind the text, up to the end of the row. */
  readonly padding?: readonly number[];
}

/** Where a text leads from each state that it leads from, as state and target in turn. */
function movesOf({ states, kinds, kindOf, next }: CharacterAutomaton, text: string): number[] {
  const read = Array.from(text, (character) => kindOf(character.codePointAt(0)!));
  const moves: number[] = [];
  for (let state = 0; state < states; state++) {
    let target = state;
    for (let i = 0; i < read.length && target >= 0; i++) target = next[target * kinds + read[i]!]!;
    if (target >= 0) moves.push(state, target);
  }
  return moves;
}

/**
 * The automaton of a pattern over the tokens of a vocabulary: their texts, one behind the other, must match.
 * @throws InputError if a token of the padding is not in the vocabulary
 */
export function tokenAutomaton(characters: CharacterAutomaton, { texts, padding = [] }: TokenTexts): TokenAutomaton {
  const stray = padding.find((token) => !(Number.isInteger(token) && token >= 0 && token < texts.length));
  if (stray !== undefined) throw new InputError(`Padding is of ids below ${texts.length}; ${stray} was given.`);
  const padded = new Set(padding);
  const numbers = new Map<string, number>();
  const found: { readonly moves: readonly number[]; readonly pads: boolean }[] = [];
  const kindOf = Int32Array.from(texts, (text, token) => {
    // A token without text would never end a row, and only move nothing.
    const moves = text ? movesOf(characters, text) : [];
    const key = `${padded.has(token)} ${moves.join(' ')}`;
    if (!numbers.has(key)) numbers.set(key, found.push({ moves, pads: padded.has(token) }) - 1);
    return numbers.get(key)!;
  });
  const [states, kinds] = [characters.states + 1, found.length];
  const next = new Int32Array(states * kinds).fill(-1);
  found.forEach(({ moves }, kind) => {
    for (let i = 0; i < moves.length; i += 2) next[moves[i]! * kinds + kind] = moves[i + 1]!;
  });
  const accepting = Uint8Array.from([...characters.accepting, 1]);
  return { states, accepting, kinds, kindOf, pads: Uint8Array.from(found, ({ pads }) => Number(pads)), next };
}

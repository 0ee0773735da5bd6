import { InputError } from '@idlm/core-diffusion/sampling';
import { FREE } from '../clamps';
import type { LogitShaper, ShapedPlace } from '../sampler';
import { ANY, type ReachableStates, reachableStates } from './reachable-states';
import type { TokenAutomaton } from './token-automaton';

/** How many tokens are given at the beginning of a row: a prompt, to which the pattern does not extend. */
function promptLength(clamp: Int32Array): number {
  const free = clamp.indexOf(FREE);
  return free < 0 ? clamp.length : free;
}

/** Kinds of the tokens of a text, `ANY` where nothing is written yet. */
function kindsOf(text: Int32Array, { kindOf }: TokenAutomaton, unwritten: number): Int32Array {
  const kinds = new Int32Array(text.length);
  for (let i = 0; i < text.length; i++) kinds[i] = text[i] === unwritten ? ANY : kindOf[text[i]!]!;
  return kinds;
}

const noMatch = (length: number): InputError =>
  new InputError(`No text of ${length} tokens matches the pattern with what is given.`);

/** @throws InputError for a process whose tokens are never settled, and another vocabulary */
function checkPlace({ unwritten }: ShapedPlace, logits: Float64Array, { kindOf }: TokenAutomaton): void {
  if (unwritten === undefined)
    throw new InputError(
      'Text is held to a pattern where tokens are written for good: by absorbing processes, and from left to right.',
    );
  if (logits.length !== kindOf.length)
    throw new InputError(`The pattern is over ${kindOf.length} tokens, and the network over ${logits.length}.`);
}

/**
 * A shaper that holds texts to a pattern in any order of decoding: it leaves the tokens with which what is still masked can be
 * written so that the whole text matches. Those that the step under way has written count as written, so that every finished row
 * matches, exactly. The pattern is that of the text behind a prompt, to the end of the row; other given tokens, as around
 * holes, belong to it.
 *
 * Before all other shapers it leaves them something to choose from. Each token's law is x_θ given that the row can still be
 * finished. That is not the model's law given that the text matches: how likely the ways are in which it can be finished does not count.
 * @throws InputError, when it is called, where no text of the row's length matches with what is given; for a uniform process, whose
 * tokens all change until the end; for logits over another vocabulary
 * Source: the reachability of DINGO (Suresh et al., arXiv 2505.23061), from both sides and with draws in place of the maximum.
 * @example
 * ```ts
 * import { generate, mdlm } from '@idlm/samplers';
 * import { holdToPattern, patternAutomaton, tokenAutomaton } from '@idlm/samplers/patterns';
 *
 * const texts = ['a', 'b', '-', undefined];
 * const shape = holdToPattern(tokenAutomaton(patternAutomaton('[ab]+-[ab]'), { texts }));
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 4);
 * const { tokens } = await generate(denoise, mdlm({ vocabSize: 4, maskId: 3 }), 4, { length: 6, shape });
 * console.log(/^[ab]{4}-[ab]$/.test(Array.from(tokens, (token) => texts[token]).join(''))); // → true
 * ```
 */
export function holdToPattern(automaton: TokenAutomaton): LogitShaper {
  const reachable = reachableStates(automaton);
  const known = new WeakMap<Int32Array, ReachableStates>();
  return (logits, place) => {
    checkPlace(place, logits, automaton);
    const { tokens, position, unwritten } = place;
    const start = place.clamp ? promptLength(place.clamp) : 0;
    const text = tokens.subarray(start);
    const states = known.get(tokens) ?? reachable(text.length);
    known.set(tokens, states);
    states.update(kindsOf(text, automaton, unwritten!));
    const possible = states.possibleKinds(position - start);
    if (!possible.includes(1)) throw noMatch(text.length);
    for (let token = 0; token < logits.length; token++)
      if (!possible[automaton.kindOf[token]!]) logits[token] = -Infinity;
  };
}

/**
 * Refuses a row of which no text can match, before the network is asked anything.
 * @param clamp what is given, [L], −1 where free; the pattern begins behind what is given at the row's beginning
 * @throws InputError where no text matches with what is given
 * @example
 * ```ts
 * import { patternAutomaton, requireMatch, tokenAutomaton } from '@idlm/samplers/patterns';
 *
 * const automaton = tokenAutomaton(patternAutomaton('ab*'), { texts: ['a', 'b'] });
 * requireMatch(automaton, Int32Array.of(-1, -1, 1));
 * try {
 *   requireMatch(automaton, Int32Array.of(-1, 0));
 * } catch (error) {
 *   console.log((error as Error).message); // → No text of 2 tokens matches the pattern with what is given.
 * }
 * ```
 */
export function requireMatch(automaton: TokenAutomaton, clamp: Int32Array): void {
  const text = clamp.subarray(promptLength(clamp));
  const states = reachableStates(automaton)(text.length);
  states.update(kindsOf(text, automaton, FREE));
  if (!states.isPossible()) throw noMatch(text.length);
}

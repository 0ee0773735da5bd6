import { InputError } from '@idlm/core-diffusion/sampling';
import type { LogitShaper, ShapedPlace } from '../sampler';

/** Tokens that stand in the row, at other places no further from this one than `within`. */
function writtenTokens({ tokens, position, unwritten }: ShapedPlace, within: number): Set<number> {
  const [from, to] = [Math.max(0, position - within), Math.min(tokens.length - 1, position + within)];
  const written = new Set<number>();
  for (let i = from; i <= to; i++) if (i !== position && tokens[i] !== unwritten) written.add(tokens[i]!);
  return written;
}

/** ln Σ exp of logits. */
function logTotal(logits: Float64Array): number {
  const top = logits.reduce((most, value) => Math.max(most, value), -Infinity);
  return top + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/**
 * Makes tokens less likely that the row already holds, before or behind: their probability p becomes p^penalty, unnormalised.
 * @param penalty from 1 on; 1 changes nothing
 * @param within how far away a token counts (default: anywhere in the row)
 * @param padId token that fills rows up behind their text, and may do so as often as there is room
 * @throws InputError for a penalty below 1, or a distance below 1
 * Source: CTRL (arXiv 1909.05858), section 4.1, on log-probabilities, which are never positive.
 * @example
 * ```ts
 * import { repetitionPenalty } from '@idlm/samplers';
 *
 * const logits = Float64Array.of(0.5, 0.3, 0.2).map(Math.log);
 * repetitionPenalty(2)(logits, { position: 0, t: 0.5, tokens: Int32Array.of(3, 0), unwritten: 3 });
 * console.log(...logits.map(Math.exp).map((p) => Number(p.toFixed(2)))); // → 0.25 0.3 0.2
 * ```
 */
export function repetitionPenalty(penalty: number, within = Infinity, padId?: number): LogitShaper {
  if (!(penalty >= 1 && penalty < Infinity))
    throw new InputError(`The penalty of repetition is a number from 1 on; ${penalty} was given.`);
  if (!(within >= 1)) throw new InputError(`Repetition counts within at least 1 token; ${within} was given.`);
  return (logits, place) => {
    const total = logTotal(logits);
    const written = writtenTokens(place, within);
    if (padId !== undefined) written.delete(padId);
    for (const token of written) logits[token] = total + penalty * (logits[token]! - total);
  };
}

/**
 * The token that at `position` would make the n tokens from `start` on those from `other` on; undefined where none would, or one
 * of the others is not written.
 */
function repeatingToken(
  { tokens, position, unwritten }: ShapedPlace,
  start: number,
  other: number,
  n: number,
): number | undefined {
  let repeating: number | undefined;
  for (let i = 0; i < n; i++) {
    const [mine, theirs] = [tokens[start + i]!, tokens[other + i]!];
    const isHere = [start + i === position, other + i === position];
    if ((!isHere[0] && mine === unwritten) || (!isHere[1] && theirs === unwritten)) return undefined;
    if (!isHere[0] && !isHere[1]) {
      if (mine !== theirs) return undefined;
      continue;
    }
    const needed = isHere[0] ? theirs : mine;
    if (repeating !== undefined && repeating !== needed) return undefined;
    repeating = needed;
  }
  return repeating;
}

/** Whether the n tokens from `start` on, but the one at `position`, are `token`. */
function surrounds({ tokens, position }: ShapedPlace, start: number, n: number, token: number): boolean {
  for (let i = start; i < start + n; i++) if (i !== position && tokens[i] !== token) return false;
  return true;
}

/** Tokens that would write n tokens in a row that the row already holds, or would hold twice; n of `padId` alone may stand anywhere. */
function repeatingTokens(place: ShapedPlace, n: number, padId?: number): Set<number> {
  const { tokens, position } = place;
  const repeating = new Set<number>();
  const last = tokens.length - n;
  for (let start = Math.max(0, position - n + 1); start <= Math.min(position, last); start++) {
    for (let other = 0; other <= last; other++) {
      const token = other === start ? undefined : repeatingToken(place, start, other, n);
      if (token !== undefined && !(token === padId && surrounds(place, start, n, padId))) repeating.add(token);
    }
  }
  return repeating;
}

/**
 * No n tokens in a row twice: leaves no token that would complete such, with tokens before it, behind it or around it. Where that
 * leaves nothing to write, nothing is left out.
 * @param padId token that fills rows up behind their text: n of it in a row may stand as often as there is room
 * @throws InputError unless n is a whole number ≥ 2
 * Source: Paulus et al. (arXiv 1705.04304), section 2.5, for trigrams from left to right; here in any order.
 * @example
 * ```ts
 * import { noRepeatedNGram } from '@idlm/samplers';
 *
 * const logits = Float64Array.of(2, 1, 0);
 * noRepeatedNGram(2)(logits, { position: 3, t: 0.5, tokens: Int32Array.of(1, 0, 1, 3), unwritten: 3 });
 * console.log(...logits); // → -Infinity 1 0
 * ```
 */
export function noRepeatedNGram(n: number, padId?: number): LogitShaper {
  if (!(Number.isInteger(n) && n >= 2))
    throw new InputError(`Tokens in a row that are not repeated are a whole number, at least 2; ${n} was given.`);
  return (logits, place) => {
    const repeating = repeatingTokens(place, n, padId);
    if (!logits.some((logit, token) => logit > -Infinity && !repeating.has(token))) return;
    for (const token of repeating) logits[token] = -Infinity;
  };
}

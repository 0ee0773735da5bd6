import { isInputError } from '@idlm/core-diffusion/errors';
import type { LogitShaper } from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import { nextTurn } from '../next-turn';
import { PAIRS_OF_TEXT } from '../patterns/limits';
import type { HeldPattern, Patterns } from '../patterns/patterns';
import { wrong } from '../requests/request-error';
import type { WritingBody } from '../requests/schema';
import { behindStart } from './row-network';
import type { PlannedRow } from './plan';

/** What patterns are made with. */
interface PatternMeans {
  readonly model: ServedModel;
  readonly patterns: Patterns;
  readonly signal: AbortSignal;
}

/** What does something, whose mistakes of input are those of the pattern. @throws RequestError for them */
async function refusing<Value>(make: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await make();
  } catch (error) {
    throw isInputError(error) ? wrong('pattern', error.message) : error;
  }
}

/** @throws RequestError for a model whose tokens change to the end */
function requireMasks({ family: { process, spec } }: ServedModel): void {
  if (process.maskId !== undefined && process.unmasking) return;
  throw wrong(
    'pattern',
    `pattern holds texts whose tokens are written for good, and those of models of ${spec.name} change to the end.`,
  );
}

/** @throws RequestError for a pattern that takes too long to follow through a text of so many tokens */
function requireSize({ targets }: HeldPattern['automaton'], length: number): void {
  if (length * targets.length <= PAIRS_OF_TEXT) return;
  throw wrong(
    'pattern',
    `The pattern takes too long to follow through ${length} tokens: ${targets.length} pairs of states for each, and ${Math.floor(PAIRS_OF_TEXT / length)} are allowed; let it be shorter, or repeat less, or ask for fewer tokens.`,
  );
}

/**
 * What holds the texts of a request to its pattern; undefined where it has none.
 * @throws RequestError for what is no pattern, too large a one, and one that no text of a row's length matches
 */
export async function planPattern(
  { pattern, block }: Pick<WritingBody, 'pattern' | 'block'>,
  rows: readonly PlannedRow[],
  { model, patterns, signal }: PatternMeans,
): Promise<LogitShaper | undefined> {
  if (typeof pattern !== 'string') return undefined;
  if (typeof block === 'number')
    throw wrong('pattern', 'pattern is of a whole text, and block sees a part of it; leave one of them out.');
  requireMasks(model);
  const { automaton, hold } = await refusing(() => patterns.of(pattern, model.tokenizer, signal));
  const { requireMatch } = await import('@idlm/samplers/patterns');
  for (const { clamp } of new Set(rows)) {
    requireSize(automaton, clamp.length);
    await nextTurn();
    await refusing(() => requireMatch(automaton, behindStart(clamp, model.rowStart)));
  }
  return hold;
}

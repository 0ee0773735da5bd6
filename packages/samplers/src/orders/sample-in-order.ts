import { InputError, categorical } from '@idlm/core-diffusion/sampling';
import { FREE } from '../clamps';
import { unmaskingOf } from '../compatible';
import { type LastOption, checkLast, finishWith } from '../finish';
import { byRows } from '../row-steps';
import type { Row, RowRun, Sampler, SamplerEnvironment } from '../sampler';
import type { UnmaskingOrder } from './order';

/** @throws InputError unless an order chose from 1 to all of so many positions, each once */
function checkChoice({ spec: { name } }: UnmaskingOrder, chosen: readonly number[], masked: number): void {
  const isChoice = chosen.every((n) => Number.isInteger(n) && n >= 0 && n < masked);
  if (chosen.length && isChoice && new Set(chosen).size === chosen.length) return;
  throw new InputError(
    `The order ${name} must choose at least one of ${masked} masked positions, each once; it chose ${chosen.join(', ') || 'none'}.`,
  );
}

/** Calls of a row until no more of it is masked than at the time `to`. */
function* unmask(order: UnmaskingOrder, row: Row, from: number, to: number, environment: SamplerEnvironment): RowRun {
  const { family, categorical: draw = categorical } = environment;
  const { schedule } = family;
  unmaskingOf(order.spec.name, family);
  const writable = row.clamp ? row.clamp.filter((token) => token === FREE).length : row.tokens.length;
  const maskedAt = (t: number) => Math.round(writable * (1 - schedule.alpha(t)));
  for (let open = row.open(); open.length > maskedAt(to); open = row.open()) {
    const masked = open;
    const random = row.stream.split(`${masked.length} masked`);
    // Where more is written than the grid says, the network is told the time at which so much is.
    const isAhead = masked.length < maskedAt(from);
    const t = isAhead ? schedule.inverse(1 - masked.length / writable) : from;
    const predictions = yield { t, positions: masked };
    // From the same numbers again when it is written, so that only a shaper that sees what was written before changes it.
    const tokenAt = (n: number) => draw(predictions(n), random.split(masked[n]!), row.offset + masked[n]!);
    const readiness = Float64Array.from(masked, (_, n) => {
      const token = tokenAt(n);
      return order.readiness(predictions(n, 'network'), token);
    });
    const due = masked.length - maskedAt(to);
    const chosen = order.choose(readiness, { due, t: to, random });
    checkChoice(order, chosen, masked.length);
    for (const n of chosen) row.tokens[masked[n]!] = tokenAt(n);
  }
}

/**
 * A sampler of absorbing processes that unmasks in an order of its own: the network is asked for all masked positions of a row,
 * a token is drawn at each, and the order says which of them are written. A step of the grid makes as many calls as it takes
 * until no more is masked than the grid says, a share 1 − α rounded to whole tokens: one where the order follows the grid, none
 * where it is ahead of it. At most L evaluations of a row.
 *
 * Where a token is written no longer depends on the noise alone, so that samples have another law than the model's, however many
 * steps are made: what is surest is written first, and text is less diverse than the data (`changesLaw`).
 * @throws InputError for an unknown last step
 * @example
 * ```ts
 * import { type UnmaskingOrder, generate, mdlm, sampleInOrder } from '@idlm/samplers';
 *
 * // The likeliest token first, one at a time.
 * const surest: UnmaskingOrder = {
 *   spec: { name: 'surest' },
 *   readiness: (probabilities) => Math.max(...probabilities),
 *   choose: (readiness) => [readiness.indexOf(Math.max(...readiness))],
 * };
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const { tokens, networkCalls } = await generate(denoise, family, 4, { length: 8, sampler: sampleInOrder(surest) });
 * console.log(tokens.includes(27), networkCalls); // → false 8
 * ```
 */
export function sampleInOrder(order: UnmaskingOrder, { last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  const { name, options } = order.spec;
  return {
    spec: { name, options: { ...options, last } },
    absorbingOnly: true,
    changesLaw: true,
    ...byRows((row, from, to, environment) => unmask(order, row, from, to, environment)),
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

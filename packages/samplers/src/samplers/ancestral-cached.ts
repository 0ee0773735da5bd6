import { categorical } from '@idlm/core-diffusion/sampling';
import { unmaskingOf } from '../compatible';
import { type LastOption, checkLast, finishWith } from '../finish';
import { byRows } from '../row-steps';
import type { Row, RowRun, Sampler, SamplerEnvironment } from '../sampler';

const NAME = 'ancestral-cached';

/** One step of a row: each masked position is unmasked with the chance of the process, whatever the network says. */
function* unmask(row: Row, from: number, to: number, environment: SamplerEnvironment): RowRun {
  const { schedule } = environment.family;
  const chance = unmaskingOf(NAME, environment.family).chance(schedule.alpha(to), schedule.alpha(from));
  const stream = row.stream.split(from);
  const positions = row.open().filter(() => stream.uniform() < chance);
  if (!positions.length) return;
  const draw = environment.categorical ?? categorical;
  const predictions = yield { t: from, positions };
  positions.forEach((position, n) => {
    row.tokens[position] = draw(predictions(n), stream, row.offset + position);
  });
}

/**
 * Ancestral sampling of an absorbing process with the order of draws exchanged: which positions are unmasked comes first,
 * since it does not depend on the network; then only rows that unmask something are sent, and the head runs on unmasked
 * positions only. The same law as `ancestral`; at most L evaluations per row, whatever the number of steps, also for
 * time-conditioned networks.
 * @throws InputError for an unknown last step
 * Source: the cache of MDLM's `ddpm_cache` (arXiv 2406.07524), carried further.
 * @example
 * ```ts
 * import { ancestralCached, generate, mdlm } from '@idlm/samplers';
 *
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const { rowEvaluations } = await generate(denoise, family, 1000, { length: 8, sampler: ancestralCached() });
 * console.log(rowEvaluations <= 8); // → true
 * ```
 */
export function ancestralCached({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  return {
    spec: { name: NAME, options: { last } },
    absorbingOnly: true,
    law: 'ancestral',
    ...byRows(unmask),
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

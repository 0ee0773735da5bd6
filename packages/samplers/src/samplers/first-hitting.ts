import { categorical } from '@idlm/core-diffusion/sampling';
import { unmaskingOf } from '../compatible';
import { type LastOption, checkLast, finishWith } from '../finish';
import { byRows } from '../row-steps';
import type { Row, RowRun, Sampler, SamplerEnvironment } from '../sampler';

const NAME = 'first-hitting';

/** What a row unmasks from time `from` to `to`: the first of n masked tokens when each is still masked with the chance u^{1/n}. */
function* unmaskInTurn(row: Row, from: number, to: number, environment: SamplerEnvironment): RowRun {
  const { schedule } = environment.family;
  const unmasking = unmaskingOf(NAME, environment.family);
  const draw = environment.categorical ?? categorical;
  const stream = row.stream.split(from);
  const open = row.open();
  for (let t = from; open.length;) {
    t = schedule.inverse(unmasking.alpha(stream.uniform() ** (1 / open.length), schedule.alpha(t)));
    if (t <= to) return;
    const [position] = open.splice(Math.floor(stream.uniform() * open.length), 1) as [number];
    const predictions = yield { t, positions: [position] };
    row.tokens[position] = draw(predictions(0), stream, row.offset + position);
  }
}

/**
 * First-hitting sampling of an absorbing process: the times at which tokens are unmasked are drawn analytically, one
 * token at a time, so that the law is that of infinitely many steps at no more than L evaluations per row.
 * A time-conditioned network without `timesPerRow` is asked row by row, since rows then stand at different times.
 * @throws InputError for an unknown last step
 * Source: Zheng et al. (arXiv 2409.02908), first-hitting sampler.
 * @example
 * ```ts
 * import { firstHitting, generate, mdlm } from '@idlm/samplers';
 *
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const { tokens, rowEvaluations } = await generate(denoise, family, 1, { length: 8, sampler: firstHitting() });
 * console.log(tokens.includes(27), rowEvaluations <= 8); // → false true
 * ```
 */
export function firstHitting({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  return {
    spec: { name: NAME, options: { last } },
    absorbingOnly: true,
    law: 'first-hitting',
    ...byRows(unmaskInTurn),
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

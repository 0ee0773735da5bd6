import { categorical } from '@idlm/core-diffusion/sampling';
import { checkLast, finishWith } from '../finish';
import type { Sampler, SamplerEnvironment } from '../sampler';
import { type Row, type Walk, walkingStep } from '../walk';
import type { LastOption } from './ancestral';

/** A row's reveals from time `from` to `to`: the next of n masked tokens comes at 1 − α_τ = (1 − α_t) u^{1/n}. */
function* hit(row: Row, from: number, to: number, environment: SamplerEnvironment): Walk {
  const { schedule } = environment.family;
  const draw = environment.categorical ?? categorical;
  const stream = row.stream.split(from);
  const open = row.open();
  for (let t = from; open.length;) {
    t = schedule.inverse(1 - (1 - schedule.alpha(t)) * stream.uniform() ** (1 / open.length));
    if (t <= to) return;
    const [position] = open.splice(Math.floor(stream.uniform() * open.length), 1) as [number];
    const probabilities = yield { t, positions: [position] };
    row.tokens[position] = draw(probabilities(0), stream, row.offset + position);
  }
}

/**
 * First-hitting sampling of an absorbing process: the times at which tokens are revealed are drawn analytically, one
 * token at a time, so that the law is that of infinitely many steps at no more than L evaluations per row.
 * A time-conditioned network is asked row by row, since rows then stand at different times.
 * @throws InputError for an unknown last step
 * Source: Zheng et al. (arXiv 2409.02908), first-hitting sampler.
 */
export function firstHitting({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  return {
    spec: { name: 'first-hitting', options: { last } },
    compatible: ['absorbing'],
    exact: false,
    step: walkingStep(hit),
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

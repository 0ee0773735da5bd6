import { categorical } from '@idlm/core-diffusion/sampling';
import { checkLast, finishWith } from '../finish';
import type { Sampler, SamplerEnvironment } from '../sampler';
import { type Row, type Walk, walkingStep } from '../walk';
import type { LastOption } from './ancestral';

/** One step of a row: each masked position is revealed with probability (α_s − α_t)/(1 − α_t), whatever the network says. */
function* reveal(row: Row, from: number, to: number, environment: SamplerEnvironment): Walk {
  const { schedule } = environment.family;
  const [alphaT, alphaS] = [schedule.alpha(from), schedule.alpha(to)];
  const probability = (alphaS - alphaT) / (1 - alphaT);
  const stream = row.stream.split(from);
  const positions = row.open().filter(() => stream.uniform() < probability);
  if (!positions.length) return;
  const draw = environment.categorical ?? categorical;
  const probabilities = yield { t: from, positions };
  positions.forEach((position, n) => {
    row.tokens[position] = draw(probabilities(n), stream, row.offset + position);
  });
}

/**
 * Ancestral sampling of an absorbing process with the order of draws exchanged: which positions are revealed comes first,
 * since it does not depend on the network; then only rows that reveal something are sent, and the head runs on revealed
 * positions only. The same law as `ancestral`; at most L evaluations per row, whatever the number of steps, also for
 * time-conditioned networks.
 * @throws InputError for an unknown last step
 * Source: the cache of MDLM's `ddpm_cache` (arXiv 2406.07524), carried further.
 */
export function ancestralCached({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  return {
    spec: { name: 'ancestral-cached', options: { last } },
    compatible: ['absorbing'],
    exact: true,
    step: walkingStep(reveal),
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

import { type RandomStream, categorical } from '@idlm/core-diffusion';
import { checkLast, finishWith } from '../finish';
import { openPositions, rowStreams } from '../positions';
import { predict } from '../predict';
import type { Sampler, SamplerState } from '../sampler';
import type { LastOption } from './ancestral';

/** The positions that a step reveals: each with probability (α_s − α_t)/(1 − α_t), whatever the network says. */
function drawReveals(
  open: Int32Array,
  { length }: SamplerState,
  streams: readonly RandomStream[],
  probability: number,
): Int32Array {
  return open.filter((position) => streams[Math.floor(position / length)]!.uniform() < probability);
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
    async step(state, from, to, environment) {
      const { schedule } = environment.family;
      const [alphaT, alphaS] = [schedule.alpha(from), schedule.alpha(to)];
      const streams = rowStreams(state, environment, from);
      const revealed = drawReveals(openPositions(state, environment), state, streams, (alphaS - alphaT) / (1 - alphaT));
      const { state: counted, probabilities } = await predict(state, revealed, from, environment);
      const draw = environment.categorical ?? categorical;
      const tokens = state.tokens.slice();
      revealed.forEach((position, n) => {
        tokens[position] = draw(probabilities(n), streams[Math.floor(position / state.length)]!, position);
      });
      return { ...counted, tokens, t: to };
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

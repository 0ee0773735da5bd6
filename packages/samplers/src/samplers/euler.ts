import { InputError } from '@idlm/core-diffusion/sampling';
import { checkLast, finishWith } from '../finish';
import type { Sampler } from '../sampler';
import type { LastOption } from './ancestral';
import { drawRows, predictRates } from './scores';

/** The law of one step of length `time`, from the rates of other tokens, in their place. */
function move(rates: Float64Array, current: number, time: number): void {
  let leaves = 0;
  for (let v = 0; v < rates.length; v++) leaves += rates[v]! *= time;
  rates[current] = Math.max(0, 1 - leaves);
}

/**
 * Euler steps of the reversed process: each noisy position moves to token y with probability (t − s) · rate(y) and else stays;
 * where a long step makes that more than 1, it moves. Scores come from the network of a score model, else from x_θ. For the
 * absorbing process with x_θ and a log-linear schedule the law is that of `ancestral`.
 * A shaper changes where a score model's tokens move to, never how often they move; x_θ is shaped as in `ancestral`.
 * @throws InputError for an unknown last step; in a step, for a uniform process whose rate is infinite (no signal left)
 * Source: SEDD (arXiv 2310.16834), section 4 (τ-leaping), the repository's `EulerPredictor`.
 */
export function euler({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  return {
    spec: { name: 'euler', options: { last } },
    compatible: ['absorbing', 'uniform'],
    exact: false,
    async step(state, from, to, environment) {
      const { process, schedule } = environment.family;
      if (process.kind === 'uniform' && !(schedule.dSigma(from) < Infinity))
        throw new InputError(
          `An Euler step needs a finite rate, and ${schedule.spec.name} has none at t = ${from}; begin the grid below it.`,
        );
      return drawRows(predictRates, state, { from, to }, environment, (row, current) => move(row, current, from - to));
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

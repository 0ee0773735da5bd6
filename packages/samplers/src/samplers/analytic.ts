import type { ForwardProcess } from '@idlm/core-diffusion/sampling';
import { checkLast, finishWith } from '../finish';
import type { Sampler } from '../sampler';
import { type LastOption, ancestral } from './ancestral';
import { drawRows, predictScores } from './scores';

/**
 * The law of a step that removes noise Δσ, from scores of other tokens, in their place: A ⊙ R with A = exp(−Δσ Q) S and the
 * transition's row R. Unnormalised where poor scores make entries negative, which become 0.
 */
function tweedie(scores: Float64Array, current: number, noise: number, { kind }: ForwardProcess): void {
  const [width, growth] = [scores.length, Math.exp(noise)];
  let others = 0;
  for (let v = 0; v < width; v++) others += scores[v]!;
  if (kind === 'absorbing') {
    for (let v = 0; v < width; v++) scores[v]! *= Math.expm1(noise);
    scores[current] = Math.max(0, 1 - Math.expm1(noise) * others);
    return;
  }
  scores[current] = 1;
  const mean = (1 + others) / width;
  const moves = -Math.expm1(-noise) / width;
  for (let v = 0; v < width; v++) {
    const transition = v === current ? moves + 1 / growth : moves;
    scores[v] = Math.max(0, growth * scores[v]! - Math.expm1(noise) * mean) * transition;
  }
}

/**
 * Tweedie τ-leaping: the law of x_s given x_t that the scores imply, exact for each position on its own, one call per step.
 * For a network that predicts clean tokens it is the posterior of `ancestral`, whatever the process and schedule, and is drawn
 * as such; for scores it heeds how often tokens move, where `ancestral` normalises them to x_θ first.
 * A shaper changes where a score model's tokens move to, never how often they move; x_θ is shaped as in `ancestral`.
 * @throws InputError for an unknown last step
 * Source: SEDD (arXiv 2310.16834), section 4 (Tweedie τ-leaping), the repository's `AnalyticPredictor`.
 */
export function analytic({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  const posterior = ancestral({ last });
  return {
    spec: { name: 'analytic', options: { last } },
    compatible: ['absorbing', 'uniform'],
    exact: false,
    async step(state, from, to, environment) {
      const { process, schedule, rowToLogScores } = environment.family;
      if (!rowToLogScores) return posterior.step(state, from, to, environment);
      const noise = schedule.sigma(from) - schedule.sigma(to);
      return drawRows(predictScores, state, { from, to }, environment, (row, current) =>
        tweedie(row, current, noise, process),
      );
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

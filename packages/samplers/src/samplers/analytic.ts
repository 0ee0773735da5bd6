import { type LastOption, checkLast, finishWith } from '../finish';
import type { Sampler } from '../sampler';
import { ancestral } from './ancestral';
import { drawRows, readScores } from './scores';

/**
 * Tweedie τ-leaping: the law of x_s given x_t that the scores imply, exact for each position on its own, one call per step.
 * For a network that predicts clean tokens it is the posterior of `ancestral`, whatever the process and schedule, and is drawn
 * as such; for scores it heeds how often tokens move, where `ancestral` normalises them to x_θ first.
 * A shaper changes where a score model's tokens move to, never how often they move; x_θ is shaped as in `ancestral`.
 * @throws InputError for an unknown last step
 * Source: SEDD (arXiv 2310.16834), section 4 (Tweedie τ-leaping), the repository's `AnalyticPredictor`.
 * @example
 * ```ts
 * import { analytic, generate, sedd } from '@idlm/samplers';
 *
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 27);
 * const family = sedd({ vocabSize: 27 }); // uniform noise: there is no mask
 * const { tokens, networkCalls } = await generate(denoise, family, 16, { length: 8, sampler: analytic() });
 * console.log(tokens.length, networkCalls <= 17); // → 8 true
 * ```
 */
export function analytic({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  const posterior = ancestral({ last });
  return {
    spec: { name: 'analytic', options: { last } },
    law: 'ancestral',
    async step(state, from, to, environment) {
      const { family } = environment;
      const { process, schedule } = family;
      if (!family.slotToLogScores) return posterior.step(state, from, to, environment);
      const noise = schedule.sigma(from) - schedule.sigma(to);
      return drawRows(state, { from, to }, environment, {
        read: readScores(family),
        toLaw: (scores, current) => process.scoresToStep(scores, current, noise),
      });
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

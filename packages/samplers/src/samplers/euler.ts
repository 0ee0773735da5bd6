import { InputError, type SamplingFamily } from '@idlm/core-diffusion/sampling';
import { type LastOption, checkLast, finishWith } from '../finish';
import type { Sampler } from '../sampler';
import { type RowLaw, drawRows, readScores } from './scores';

/** The law of one step of length `time`, from the rates of other tokens, in their place. */
function move(rates: Float64Array, current: number, time: number): void {
  let leaves = 0;
  for (let v = 0; v < rates.length; v++) leaves += rates[v]! *= time;
  rates[current] = Math.max(0, 1 - leaves);
}

/** The rates of x_θ, or of a score model's scores, at time t. @throws InputError where they are infinite */
function ratesAt(family: SamplingFamily, t: number): RowLaw {
  const { process, schedule } = family;
  const [alpha, dAlpha, dSigma] = [schedule.alpha(t), schedule.dAlpha(t), schedule.dSigma(t)];
  const law: RowLaw = family.slotToLogScores
    ? { read: readScores(family), toLaw: (row, current) => process.scoresToRates(row, current, dSigma) }
    : { toLaw: (row, current) => process.cleanToRates(row, current, { alpha, dAlpha }) };
  return {
    ...law,
    toLaw(row, current) {
      law.toLaw(row, current);
      if (!(dSigma < Infinity) && !row.every(Number.isFinite))
        throw new InputError(
          `An Euler step needs a finite rate, and ${schedule.spec.name} has none at t = ${t}; begin the grid below it.`,
        );
    },
  };
}

/**
 * Euler steps of the reversed process: each noisy position moves to token y with probability (t − s) · rate(y) and else stays;
 * where a long step makes that more than 1, it moves. Scores come from the network of a score model, else from x_θ. For the
 * absorbing process with x_θ and a log-linear schedule the law is that of `ancestral`.
 * A shaper changes where a score model's tokens move to, never how often they move; x_θ is shaped as in `ancestral`.
 * @throws InputError for an unknown last step; in a step, for a process whose rate is infinite where no signal is left
 * Source: SEDD (arXiv 2310.16834), section 4 (τ-leaping), the repository's `EulerPredictor`.
 * @example
 * ```ts
 * import { euler, generate, sedd } from '@idlm/samplers';
 *
 * // A score model: its network gives log-scores of all 28 tokens, the mask among them.
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const family = sedd({ vocabSize: 28, maskId: 27 });
 * const { tokens, networkCalls } = await generate(denoise, family, 16, { length: 8, sampler: euler() });
 * console.log(tokens.length, networkCalls <= 17); // → 8 true
 * ```
 */
export function euler({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  return {
    spec: { name: 'euler', options: { last } },
    law(current, clean, { from, to }, family) {
      ratesAt(family, from).toLaw(clean, current);
      move(clean, current, from - to);
      const total = clean.reduce((sum, weight) => sum + weight);
      return clean.map((weight) => weight / total);
    },
    async step(state, from, to, environment) {
      const rates = ratesAt(environment.family, from);
      return drawRows(state, { from, to }, environment, {
        ...rates,
        toLaw(row, current) {
          rates.toLaw(row, current);
          move(row, current, from - to);
        },
      });
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

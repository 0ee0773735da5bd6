import { InputError } from '../../errors';
import { NEGATIVE_INFINITY, subsRow } from '../../parameterizations/rows';
import { absorbing } from '../../processes/absorbing';
import { uniform } from '../../processes/uniform';
import { logLinear } from '../../schedules/log-linear';
import { specOf } from '../../spec';
import type { SamplingFamily } from '../sampling-family';
import type { SeddOptions } from './options';

/** What is subtracted from the absorbing network's output. */
const scaleOf = (sigma: number, vocabSize: number): number => Math.log(Math.expm1(sigma)) + Math.log(vocabSize - 1);

/** Absorbing SEDD as samplers see it. @throws InputError for a mask outside the vocabulary */
export function absorbingSeddSampling(options: SeddOptions & { readonly maskId: number }): SamplingFamily {
  const { vocabSize, maskId, schedule = logLinear(), scaleBySigma = true } = options;
  return {
    spec: { name: 'sedd', options: { process: 'absorbing', schedule: specOf(schedule), scaleBySigma } },
    schedule,
    process: absorbing({ vocabSize, maskId }),
    slotToLogProbs: (logits, current) => subsRow(logits, current, maskId),
    slotToLogScores(logits, current, t) {
      const scale = scaleBySigma ? scaleOf(schedule.sigma(t), vocabSize) : 0;
      // Nothing but a mask ever moves.
      for (let v = 0; v < vocabSize; v++) logits[v] = current === maskId ? logits[v]! - scale : NEGATIVE_INFINITY;
      logits[current] = 0;
    },
  };
}

/**
 * x_θ for samplers, in place of a row's log-scores: A = e^σ S + (1 − e^σ) mean S (Tweedie denoising to σ = 0, without the
 * transition's row), normalised, without the negative entries of poor scores. It is the law of the token given the others
 * only, as the NELBO of the uniform process has it, since `ForwardProcess.posterior` brings in the noisy token itself; times
 * the transition's row that token would count twice.
 */
function uniformRow(row: Float64Array, sigma: number): void {
  const growth = Math.exp(sigma);
  let mean = 0;
  for (let v = 0; v < row.length; v++) mean += (row[v] = Math.exp(row[v]!)) / row.length;
  let total = 0;
  for (let v = 0; v < row.length; v++) total += row[v] = Math.max(0, growth * row[v]! + (1 - growth) * mean);
  for (let v = 0; v < row.length; v++) row[v] = Math.max(NEGATIVE_INFINITY, Math.log(row[v]! / total));
}

/** Uniform SEDD as samplers see it. @throws InputError for fewer than 2 tokens */
export function uniformSeddSampling({ vocabSize, schedule = logLinear() }: SeddOptions): SamplingFamily {
  return {
    spec: { name: 'sedd', options: { process: 'uniform', schedule: specOf(schedule) } },
    schedule,
    process: uniform({ vocabSize }),
    slotToLogProbs(logits, current, t) {
      logits[current] = 0;
      uniformRow(logits, schedule.sigma(t));
    },
    slotToLogScores(logits, current) {
      logits[current] = 0;
    },
  };
}

/**
 * The SEDD family that the options describe, by one function for each process.
 * @throws InputError for a schedule whose σ(1) is infinite, or `scaleBySigma` without a mask
 */
export function chooseSedd<Value>(
  options: SeddOptions,
  make: {
    readonly absorbing: (options: SeddOptions & { readonly maskId: number }) => Value;
    readonly uniform: (options: SeddOptions) => Value;
  },
): Value {
  const { maskId, schedule = logLinear(), scaleBySigma } = options;
  if (!(schedule.sigma(1) < Infinity))
    throw new InputError(
      `SEDD needs a schedule with signal left at t = 1, where sigma must be finite; ${schedule.spec.name} has none.`,
    );
  if (maskId !== undefined) return make.absorbing({ ...options, maskId });
  if (scaleBySigma !== undefined)
    throw new InputError('Only the absorbing sedd family scales by sigma; leave scaleBySigma out of the uniform one.');
  return make.uniform(options);
}

/**
 * Score entropy discrete diffusion as samplers see it: the network predicts ratios q_t(y)/q_t(x_t).
 * @throws InputError for a mask outside the vocabulary, fewer than 2 tokens, a schedule whose σ(1) is infinite, or `scaleBySigma`
 * without a mask
 * Source: SEDD (arXiv 2310.16834).
 */
export const seddSampling = (options: SeddOptions): SamplingFamily =>
  chooseSedd(options, { absorbing: absorbingSeddSampling, uniform: uniformSeddSampling });

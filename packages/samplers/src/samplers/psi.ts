import { InputError, type SamplingFamily } from '@idlm/core-diffusion/sampling';
import { type LastOption, checkLast, finishWith } from '../finish';
import type { Sampler, StepLaw } from '../sampler';
import { type Redraw, redraw } from './redraw';

/** Schedules of κ, the share of the posterior in a step. */
export const KAPPAS = ['pure-posterior', 'pure-pc', 'constant', 'max-capped', 'max-rescale', 'constant-remdm'] as const;

/** The name of a schedule of κ. */
export type KappaName = (typeof KAPPAS)[number];

/** Options of `psi`. */
export interface PsiOptions extends LastOption {
  /** How κ follows the levels of a step (default `'max-capped'`). */
  readonly kappa?: KappaName;
  /** η of the schedule, in [0, 1]: κ itself for `'constant'`, else a chance of remasking (default 0.02). */
  readonly eta?: number;
}

/** The chance σ of remasking that a schedule stands for, which is (1 − κ)(1 − α_s). */
function remaskingChance(name: KappaName, eta: number, alphaT: number, alphaS: number): number {
  const capped = alphaT === 0 ? eta : Math.min(eta, (1 - alphaS) / alphaT);
  if (name === 'constant-remdm') return eta;
  if (name === 'max-capped') return capped;
  // As Duo's repository has it; ReMDM rescales by min(1, ·), see `remdm`.
  return alphaT === 0 ? eta : eta * capped;
}

/**
 * κ of a step from the level α_t to α_s.
 * Source: the psi samplers of Duo's repository (arXiv 2602.21185).
 */
export function kappaOf(name: KappaName, eta: number, alphaT: number, alphaS: number): number {
  if (name === 'constant') return eta;
  if (name === 'pure-posterior' || alphaS === 1) return 1;
  if (name === 'pure-pc') return 0;
  return Math.min(1, Math.max(0, 1 - remaskingChance(name, eta, alphaT, alphaS) / (1 - alphaS)));
}

/** The levels of a step, and its κ. */
interface PsiStep {
  readonly alphaT: number;
  readonly alphaS: number;
  readonly kappa: number;
}

/**
 * Writes the law of a step: κ q(x_s | x_t, x_θ) + (1 − κ) Σ_0 q(x_s | x_0) q(x_0 | x_t, x_θ). The second draws a clean token and
 * noises it anew, which forgets x_t: α_s q_0 + (1 − α_s) π, with π the law of all noise.
 */
function lawOf({ process }: SamplingFamily, { alphaT, alphaS, kappa }: PsiStep): Redraw['law'] {
  const [posterior, noise] = [new Float64Array(process.vocabSize), new Float64Array(process.vocabSize)];
  process.transition(0, 0, noise);
  return (current, clean, out) => {
    process.posterior(current, clean, alphaS, alphaT, posterior);
    process.posterior(current, clean, 1, alphaT, out);
    for (let v = 0; v < out.length; v++)
      out[v] = kappa * posterior[v]! + (1 - kappa) * (alphaS * out[v]! + (1 - alphaS) * noise[v]!);
  };
}

/**
 * The psi sampler, a predictor-corrector: with the share κ each position draws from the posterior, and else a clean token that is
 * noised anew, by which mistakes can be mended. Settled tokens of an absorbing process are masked again with the chance
 * (1 − κ)(1 − α_s). One call per step.
 * @throws InputError for an unknown last step, and unless 0 ≤ η ≤ 1
 * Source: the psi samplers of Duo's repository (arXiv 2602.21185).
 */
export function psi({ kappa: name = 'max-capped', eta = 0.02, last = 'greedy' }: PsiOptions = {}): Sampler {
  checkLast(last);
  if (!(eta >= 0 && eta <= 1)) throw new InputError(`The eta of a psi sampler lies in [0, 1]; ${eta} was given.`);
  const stepOf = ({ schedule }: SamplingFamily, from: number, to: number): PsiStep => {
    const [alphaT, alphaS] = [schedule.alpha(from), schedule.alpha(to)];
    return { alphaT, alphaS, kappa: kappaOf(name, eta, alphaT, alphaS) };
  };
  const law: StepLaw = (current, clean, { from, to }, family) => {
    const out = new Float64Array(clean.length);
    lawOf(family, stepOf(family, from, to))(current, clean, out);
    return out;
  };
  const readsEta = name !== 'pure-posterior' && name !== 'pure-pc';
  return {
    spec: { name: 'psi', options: { kappa: name, ...(readsEta ? { eta } : {}), last } },
    changesLaw: name !== 'pure-posterior',
    revises: name !== 'pure-posterior',
    law,
    async step(state, from, to, environment) {
      const step = stepOf(environment.family, from, to);
      return redraw(state, environment, {
        ...{ from, to },
        law: lawOf(environment.family, step),
        remask: () => (1 - step.kappa) * (1 - step.alphaS),
      });
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

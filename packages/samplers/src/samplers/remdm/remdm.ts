import type { SamplingFamily } from '@idlm/core-diffusion/sampling';
import { unmaskingOf } from '../../compatible';
import { type LastOption, checkLast, finishWith } from '../../finish';
import type { Sampler, SamplerEnvironment, SamplerState, StepLaw } from '../../sampler';
import { type Redraw, redraw } from '../redraw';
import { confidenceOf, sharesOf } from './confidence';
import {
  type Remasking,
  type Strategy,
  type RemaskingStrategy,
  type RemaskingOptions,
  optionsRead,
  strategyOf,
  remaskingOptions,
} from './strategies';

const NAME = 'remdm';

/** The times of a step. */
type Times = Pick<Redraw, 'from' | 'to'>;

/** Options of `remdm`. */
export interface RemdmOptions extends LastOption, RemaskingOptions {
  /**
   * Which settled tokens are masked again (default `'cap'`): each with a chance that is capped, or rescaled, by what the schedule
   * allows; those that were decoded with the least confidence; all, while a loop holds the signal level; or as correctors of others do.
   */
  readonly strategy?: RemaskingStrategy;
}

/**
 * The law of an open position: where σ of the settled tokens are masked again, so many more are unmasked that the share of masks
 * follows the schedule. q_j = x_θ,j (α_s − (1 − σ)α_t)/(1 − α_t), which is the posterior to α_s + σ α_t.
 */
function unmask(
  { alphaT, alphaS, chance }: Pick<Remasking, 'alphaT' | 'alphaS' | 'chance'>,
  { process }: SamplingFamily,
): Redraw['law'] {
  const reached = Math.min(1, alphaS + chance * alphaT);
  return (current, clean, out) => process.posterior(current, clean, reached, alphaT, out);
}

/** A step that every settled token takes with the same chance. */
const stepAlike = (remasking: Remasking, { from, to }: Times, state: SamplerState, environment: SamplerEnvironment) =>
  redraw(state, environment, {
    ...{ from, to, t: remasking.t },
    law: unmask(remasking, environment.family),
    remask: () => remasking.chance,
  });

/** A step that shares the chance among settled tokens by their confidences, which the state carries. */
async function stepByConfidence(
  remasking: Remasking,
  { from, to }: Times,
  state: SamplerState,
  environment: SamplerEnvironment,
): Promise<SamplerState> {
  const confidence = confidenceOf(state);
  const shares = sharesOf(confidence, state.length);
  const next = await redraw(state, environment, {
    ...{ from, to },
    // A mask has no share, so that the chance of those beside it unmasks no more of them.
    law: unmask({ ...remasking, chance: 0 }, environment.family),
    remask: (position) => shares[position]! * remasking.chance,
    onDrawn: (position, token, clean) => (confidence[position] = -clean[token]!),
  });
  const { isOpen } = environment.family.process;
  return { ...next, confidence: confidence.map((value, i) => (isOpen(next.tokens[i]!) ? -Infinity : value)) };
}

/** What a step does to a token by itself. */
const lawOf =
  (strategy: Strategy): StepLaw =>
  (current, clean, { from, to }, family) => {
    const remasking = strategy(from, to, family.schedule);
    const { isOpen, maskId, vocabSize } = family.process;
    const out = new Float64Array(vocabSize);
    if (isOpen(current)) unmask(remasking, family)(current, clean, out);
    else {
      out[current] = 1 - remasking.chance;
      out[maskId!]! += remasking.chance;
    }
    return out;
  };

/**
 * Ancestral sampling of an absorbing process that masks some settled tokens again, so that mistakes can be mended: the more steps,
 * the better its samples may become. But for `'confidence'` and `'loop'` the share of masks follows the schedule all the same. One
 * call per step, with logits at masked positions.
 * @throws InputError for an unknown last step or strategy, and for options out of range
 * Source: ReMDM (arXiv 2503.00307) and its repository; the nucleus that it is used with is `nucleus(0.9, 'drop-crossing')`.
 */
export function remdm({ strategy: name = 'cap', last = 'greedy', ...given }: RemdmOptions = {}): Sampler {
  checkLast(last);
  const options = remaskingOptions(given);
  const strategy = strategyOf(name, options);
  const isShared = name === 'confidence';
  return {
    spec: { name: NAME, options: { strategy: name, ...optionsRead(name, options), last } },
    absorbingOnly: true,
    changesLaw: true,
    revises: true,
    law: isShared ? undefined : lawOf(strategy),
    async step(state, from, to, environment) {
      unmaskingOf(NAME, environment.family);
      const remasking = strategy(from, to, environment.family.schedule);
      return (isShared ? stepByConfidence : stepAlike)(remasking, { from, to }, state, environment);
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}

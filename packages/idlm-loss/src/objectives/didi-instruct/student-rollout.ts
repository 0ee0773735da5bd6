import {
  type FloatFeed,
  type IntFeed,
  type MarkedBatch,
  type NoiseFeeds,
  type NoisyTokens,
  type Parameters,
  type RandomStream,
  type Uploaded,
  batchRowOf,
  drawCategories,
  detach,
  floatFeed,
  intFeed,
  logProbsAt,
  lossPlaces,
  placeTokens,
  uniformFeed,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ObjectiveContext } from '../../objective';

/** What one step of a rollout reads: the positions that it asks for, with what draws their tokens. */
export interface StepFeeds extends NoiseFeeds {
  /** The batch row of each slot, int32 [N]. */
  readonly batchRows: IntFeed;
  /** One uniform per slot, [N]. */
  readonly uniforms: FloatFeed;
  /** Noise at all positions but the prompt's, int32 [B, L]. */
  readonly ids: IntFeed;
}

/** The draws of a rollout. */
export interface RolloutFeeds {
  readonly start: StepFeeds;
  readonly middle: StepFeeds;
}

/** Noise of all positions but the prompt's, int32 [B, L]. */
function noisyIds(
  { family }: ObjectiveContext,
  { ids, batch, length, valid }: MarkedBatch,
  random: RandomStream,
): IntFeed {
  const noise = family.process.prior(batch, length, random);
  return intFeed(
    ids.map((id, i) => (valid[i] === 1 ? noise[i]! : id)),
    [batch, length],
  );
}

/** The draws of a step that asks for some tokens, 1 in `wanted` [B·L]. */
function drawStep(
  context: ObjectiveContext,
  batch: MarkedBatch,
  wanted: Uint8Array,
  sigma: ArrayLike<number>,
  random: RandomStream,
): StepFeeds {
  const { feeds } = lossPlaces(wanted, batch.length);
  const positions = feeds.positions.values;
  return {
    ...feeds,
    sigma: floatFeed(sigma),
    batchRows: intFeed(positions.map((position) => batchRowOf(position, batch.length))),
    uniforms: uniformFeed(random.split('tokens').uniforms(positions.length)),
    ids: noisyIds(context, batch, random.split('noise')),
  };
}

/**
 * Host: the draws of a student's sample from all noise through one intermediate state. At `middle`, each token has been
 * written with the forward process's probability and the rest is noise; an absorbing student then writes the rest, a
 * uniform one all tokens anew.
 * @param middle time of each batch row's intermediate state, [B]
 */
export function drawRollout(
  context: ObjectiveContext,
  batch: MarkedBatch,
  middle: Float64Array,
  random: RandomStream,
): RolloutFeeds {
  const { schedule, process } = context.family;
  const { length, valid } = batch;
  const start = schedule.alpha(1);
  const chances = middle.map((t) => (schedule.alpha(t) - start) / (1 - start));
  const uniforms = random.split('written').uniforms(valid.length);
  const early = valid.map((free, i) => Number(free === 1 && uniforms[i]! < chances[batchRowOf(i, length)]!));
  const late = process.unmasking ? valid.map((free, i) => Number(free === 1 && early[i] === 0)) : valid;
  return {
    start: drawStep(
      context,
      batch,
      early,
      new Float64Array(middle.length).fill(schedule.sigma(1)),
      random.split('start'),
    ),
    middle: drawStep(context, batch, late, middle.map(schedule.sigma), random.split('middle')),
  };
}

/** What the student was asked in one step, and what it drew. */
export interface RolloutStep {
  readonly noisy: NoisyTokens;
  /** [N, V], at `noisy.positions`. */
  readonly logProbs: Tensor;
  /** [N] int32. */
  readonly drawn: Tensor;
}

/** The steps of a rollout, and the tokens that it ends with, [B, L]. */
export interface Rollout {
  readonly start: RolloutStep;
  readonly middle: RolloutStep;
  readonly ids: Tensor;
}

/**
 * Device: the student's sample by the draws of `drawRollout`.
 * @param options.frozen the student is a constant, and its calls stay out of the gradient tape
 */
export function rollOut(
  context: ObjectiveContext,
  student: Parameters,
  feeds: Uploaded<RolloutFeeds>,
  options?: { readonly frozen?: boolean },
): Rollout {
  const stepFrom = (ids: Tensor, { sigma, positions, uniforms }: Uploaded<StepFeeds>): RolloutStep => {
    const noisy = { ids, input: { ids }, sigma, positions };
    const logProbs = logProbsAt(context, student, noisy, options);
    const probs = detach(() => tf.exp(logProbs));
    return { noisy, logProbs, drawn: drawCategories(probs, uniforms) };
  };
  const start = stepFrom(feeds.start.ids, feeds.start);
  const middle = stepFrom(placeTokens(feeds.middle.ids, feeds.start.slots, start.drawn), feeds.middle);
  return { start, middle, ids: placeTokens(middle.noisy.ids, feeds.middle.slots, middle.drawn) };
}

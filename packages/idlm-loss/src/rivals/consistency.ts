import {
  InputError,
  type Feeds,
  type Fed,
  type NoisyTokens,
  type RandomStream,
  detach,
  drawTimes,
  intFeed,
  pickEntries,
  predictAt,
  prefixed,
  withPrefix,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type DistillationBatch, type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import { type Direction, divergence } from './divergence';
import { type RivalOptions, factorsOf } from './draws';

/** Options of discrete consistency distillation. */
export interface ConsistencyOptions extends RivalOptions {
  /** T: the first step between the two times is 1/T (default 512). */
  readonly steps?: number;
  /** Updates after which the step doubles and the student's average becomes the teacher (default 100). */
  readonly refreshEvery?: number;
  /** Default `'forward'`; masked tokens that the earlier state shows have no backward one. */
  readonly direction?: Direction;
}

/** The two times of each row: δ apart around a time drawn evenly, within [0, 1]. */
function timesOf(batch: DistillationBatch, random: RandomStream, delta: number, { times }: ConsistencyOptions) {
  const drawn = drawTimes(batch.batch, random, { ...times, part: batch.part });
  const late = drawn.map((t) => Math.min(t + delta, 1));
  return { late, early: late.map((t) => Math.max(t - delta, 0)) };
}

/** Hard tokens as the network's input, whatever the family's noise is made of. */
const asTokens = (noisy: NoisyTokens): NoisyTokens => ({ ...noisy, input: { ids: noisy.ids } });

/** The token of each position of the later state, from ids [B, L]. */
const at = (ids: Tensor, positions: Tensor): Tensor => tf.gather(tf.reshape(ids, [-1]), positions as tf.Tensor1D);

/** Per position: the later state's prediction against the earlier one's, or against the token that the earlier one shows. */
function compare(
  { family }: ObjectiveContext,
  teacher: Tensor,
  student: Tensor,
  early: NoisyTokens,
  positions: Tensor,
  direction: Direction,
): Tensor {
  const apart = divergence(teacher, student, direction);
  const { maskId } = family.process;
  if (maskId === undefined) return apart;
  const shown = at(early.ids, positions);
  const isHidden = tf.equal(shown, tf.scalar(maskId, 'int32'));
  return tf.where(isHidden, apart, tf.neg(pickEntries(student, shown)));
}

/**
 * Discrete consistency distillation: two states of one trajectory, with the same draws at a later and an earlier time; the
 * student at the later one predicts what the teacher does at the earlier one. The step between them doubles each time the
 * student's average becomes the teacher.
 * The trajectory is Duo's shared Gaussian noise; families without one share their uniform draws instead, which nests the
 * earlier state in the later.
 * @throws InputError for steps or refreshEvery below 1, or the backward direction on an absorbing process
 * Source: Duo (arXiv 2506.10892), section 4.2.
 */
export function consistency(context: ObjectiveContext, options: ConsistencyOptions = {}): Objective {
  const { family } = context;
  const { steps = 512, refreshEvery = 100, direction = 'forward', reduction = 'token-mean' } = options;
  for (const [name, value] of Object.entries({ steps, refreshEvery }))
    if (!(value >= 1)) throw new InputError(`${name} of dcd is at least 1; ${value} was given.`);
  if (direction === 'backward' && family.process.kind === 'absorbing')
    throw new InputError('dcd has no backward divergence on masked diffusion, where the earlier state shows tokens.');
  const draw = (batch: DistillationBatch, random: RandomStream): Feeds => {
    const { update = 0 } = batch;
    const delta = Math.min(1, 2 ** Math.floor(update / refreshEvery) / steps);
    const { late, early } = timesOf(batch, random.split('times'), delta, options);
    // A stream of the same name for both: the same draws, at other times.
    const noiseAt = (times: Float64Array) =>
      family.noise(batch, times, random.split('noise'), { valid: batch.valid, update: 0 });
    const later = noiseAt(late);
    return {
      ids: intFeed(batch.ids, [batch.batch, batch.length]),
      factors: factorsOf(later, batch, reduction),
      ...prefixed('late', later),
      ...prefixed('early', noiseAt(early)),
    };
  };
  const noisyOf = (prefix: string, fed: Fed) => asTokens(family.corrupt({ ids: fed['ids']! }, withPrefix(prefix, fed)));
  return {
    spec: { name: 'dcd', options: { steps, refreshEvery, direction, reduction } },
    passes: { student: PASSES_WITH_GRADIENT + 1, fake: 0 },
    refresh: { every: refreshEvery },
    studentFeeds: draw,
    studentLoss({ student, teacher }, fed) {
      const late = noisyOf('late', fed);
      const early = { ...noisyOf('early', fed), positions: late.positions };
      const predict = (network: typeof student, noisy: NoisyTokens) =>
        family.toLogProbs(predictAt(context, network, noisy), noisy);
      const target = detach(() => predict(teacher, early));
      const apart = compare(context, target, predict(student, late), early, late.positions, direction);
      return { loss: tf.sum(tf.mul(apart, fed['factors']!)), stats: {} };
    },
  };
}

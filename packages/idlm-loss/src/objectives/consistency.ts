import {
  type Fed,
  InputError,
  type NoisyTokens,
  type Parameters,
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
import { type Divergence, divergenceOf } from './shared/divergence';
import { type RivalOptions, checkCounts, factorsOf } from './shared/draws';
import { trajectory } from './trajectory';

/** Options of discrete consistency distillation. */
export interface ConsistencyOptions extends RivalOptions {
  /** T: the first step between the two times is 1/T (default 512). */
  readonly steps?: number;
  /** Updates after which the step doubles and the student's average becomes the teacher (default 100). */
  readonly refreshEvery?: number;
  /** Default `'kl-forward'`, and nothing else where the earlier state shows masked tokens. */
  readonly divergence?: Divergence;
}

/** The two times of each row: δ apart around a time drawn evenly, within [0, 1]. */
function timesOf(batch: DistillationBatch, random: RandomStream, delta: number, { times }: ConsistencyOptions) {
  const drawn = drawTimes(batch.batch, random, { ...times, part: batch.part });
  const late = drawn.map((t) => Math.min(t + delta, 1));
  return { late, early: late.map((t) => Math.max(t - delta, 0)) };
}

/** Per position: the later state's prediction against the earlier one's, or against the token that the earlier one shows. */
function compare(
  { family }: ObjectiveContext,
  teacher: Tensor,
  student: Tensor,
  { ids, positions }: NoisyTokens,
  divergence: Divergence,
): Tensor {
  const apart = divergenceOf(teacher, student, divergence);
  const { maskId } = family.process;
  if (maskId === undefined) return apart;
  const shown = tf.gather(tf.reshape(ids, [-1]), positions as tf.Tensor1D);
  const isHidden = tf.equal(shown, tf.scalar(maskId, 'int32'));
  return tf.where(isHidden, apart, tf.neg(pickEntries(student, shown)));
}

/**
 * Discrete consistency distillation: two states of one trajectory, at a later and an earlier time; the student at the later
 * one predicts what the teacher does at the earlier one, d(x_teacher(z_s, s), x_student(z_t, t)) with t − s = δ. The step δ
 * doubles each time the student's average becomes the teacher.
 *
 * The paper's trajectories are Duo's. Ours for masked diffusion reveal a part of the masks; where the earlier state shows
 * a token, the teacher's prediction is that token, as SUBS has it.
 * @throws InputError for counts below 1, or another divergence than `kl-forward` on an absorbing process
 * Source: Duo (arXiv 2506.10892), section 4.2 and its repository.
 */
export function consistency(context: ObjectiveContext, options: ConsistencyOptions = {}): Objective {
  const { family } = context;
  const { steps = 512, refreshEvery = 100, divergence = 'kl-forward', reduction = 'token-mean' } = options;
  checkCounts('dcd', { steps, refreshEvery });
  if (divergence !== 'kl-forward' && family.process.unmasking)
    throw new InputError(
      `dcd has the forward divergence only on masked diffusion, where the earlier state shows tokens; ${divergence} was given.`,
    );
  const stateFrom = (prefix: string, fed: Fed) => family.corrupt({ ids: fed['ids']! }, withPrefix(prefix, fed));
  return {
    spec: { name: 'dcd', options: { steps, refreshEvery, divergence, reduction } },
    passes: { student: PASSES_WITH_GRADIENT + 1, fake: 0 },
    refresh: { every: refreshEvery },
    studentFeeds(batch, random) {
      const delta = Math.min(1, 2 ** Math.floor((batch.update ?? 0) / refreshEvery) / steps);
      const { late, early } = timesOf(batch, random.split('times'), delta, options);
      const feedsAt = trajectory(family, batch, random.split('trajectory'));
      const later = feedsAt(late);
      return {
        ids: intFeed(batch.ids, [batch.batch, batch.length]),
        factors: factorsOf(later, batch, reduction),
        ...prefixed('late', later),
        ...prefixed('early', feedsAt(early)),
      };
    },
    studentLoss({ student, teacher }, fed) {
      const late = stateFrom('late', fed);
      const early = { ...stateFrom('early', fed), positions: late.positions };
      const predict = (network: Parameters, noisy: NoisyTokens) =>
        family.toLogProbs(predictAt(context, network, noisy), noisy);
      const target = detach(() => predict(teacher, early));
      const apart = compare(context, target, predict(student, late), early, divergence);
      return { loss: tf.sum(tf.mul(apart, fed['factors']!)), stats: {} };
    },
  };
}

import {
  type Family,
  type FloatFeed,
  InputError,
  type IntFeed,
  type LossOptions,
  type NoiseFeeds,
  type NoisyTokens,
  type RandomStream,
  detach,
  drawTimes,
  idsFeed,
  logProbsAt,
  markBatch,
  pickEntries,
  slotFactors,
  tokensAt,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type DistillationBatch, type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import { checkCounts } from './shared/counts';
import { type Divergence, divergenceOf } from './shared/divergence';

/** Options of discrete consistency distillation. */
export interface ConsistencyOptions extends LossOptions {
  /** T: the first step between the two times is 1/T (default 512). */
  readonly steps?: number;
  /** Updates after which the step doubles and the student's average becomes the teacher (default 100). */
  readonly refreshEvery?: number;
  /** Default `'kl-forward'`, and nothing else where the earlier state shows masked tokens. */
  readonly divergence?: Divergence;
}

/** The two times of each batch row: δ apart around a time drawn evenly, within [0, 1]. */
function timesOf(batch: DistillationBatch, random: RandomStream, delta: number, { times }: ConsistencyOptions) {
  const drawn = drawTimes(batch.batch, random, { ...times, part: batch.part });
  const late = drawn.map((t) => Math.min(t + delta, 1));
  return { late, early: late.map((t) => Math.max(t - delta, 0)) };
}

/** The draws of a step. */
interface ConsistencyFeeds {
  /** The clean tokens, int32 [B, L]. */
  readonly ids: IntFeed;
  /** The state that the student reads, and the one that the teacher does. */
  readonly late: NoiseFeeds;
  readonly early: NoiseFeeds;
  /** What each slot of the later state counts, [N]. */
  readonly factors: FloatFeed;
}

/** A family with its trajectories. @throws InputError for a family that has none */
function requireTrajectory(family: Family): Required<Pick<Family, 'trajectory'>> {
  if (family.trajectory) return family as Required<Pick<Family, 'trajectory'>>;
  throw new InputError(
    `dcd compares two states of one trajectory, and the ${family.spec.name} family has no "trajectory": add that member to it, or choose another objective.`,
  );
}

/** Per slot: the later state's prediction against the earlier one's, or against the token that the earlier one shows. */
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
  const shown = tokensAt(ids, positions);
  const isHidden = tf.equal(shown, tf.scalar(maskId, 'int32'));
  return tf.where(isHidden, apart, tf.neg(pickEntries(student, shown)));
}

/**
 * Discrete consistency distillation: two states of one trajectory, at a later and an earlier time; the student at the later
 * one predicts what the teacher does at the earlier one, d(x_teacher(z_s, s), x_student(z_t, t)) with t − s = δ. The step δ
 * doubles each time the student's average becomes the teacher.
 *
 * The trajectories are the family's: the paper's are Duo's; those of masked diffusion reveal a part of the masks. Where the
 * earlier state shows a token, the teacher's prediction is that token, as SUBS has it.
 * @param context a family with trajectories, and the network that student and teacher have in common
 * @returns an objective without a second network, whose teacher is to be refreshed every `refreshEvery` updates
 * @throws InputError for counts below 1, a family without `trajectory`, or another divergence than `kl-forward` on an
 * absorbing process
 * Source: Duo (arXiv 2506.10892), section 4.2 and its repository.
 */
export function consistency(context: ObjectiveContext, options: ConsistencyOptions = {}): Objective<ConsistencyFeeds> {
  const { family } = context;
  const { steps = 512, refreshEvery = 100, divergence = 'kl-forward', reduction = 'token-mean' } = options;
  checkCounts('dcd', { steps, refreshEvery });
  const pathed = requireTrajectory(family);
  if (divergence !== 'kl-forward' && family.process.unmasking)
    throw new InputError(
      `dcd has the forward divergence only on masked diffusion, where the earlier state shows tokens; ${divergence} was given.`,
    );
  return {
    spec: { name: 'dcd', options: { steps, refreshEvery, divergence, reduction } },
    passes: { student: PASSES_WITH_GRADIENT + 1, fake: 0 },
    refresh: { every: refreshEvery },
    studentFeeds(batch, random) {
      const delta = Math.min(1, 2 ** Math.floor((batch.update ?? 0) / refreshEvery) / steps);
      const times = timesOf(batch, random.split('times'), delta, options);
      const marked = markBatch(batch);
      const noiseAt = pathed.trajectory(marked, random.split('trajectory'));
      const late = noiseAt(times.late);
      return { ids: idsFeed(batch), late, early: noiseAt(times.early), factors: slotFactors(late, marked, reduction) };
    },
    studentLoss({ student, teacher }, { ids, late, early, factors }) {
      const later = family.corrupt({ ids }, late);
      const earlier = { ...family.corrupt({ ids }, early), positions: later.positions };
      const target = detach(() => logProbsAt(context, teacher, earlier));
      const apart = compare(context, target, logProbsAt(context, student, later), earlier, divergence);
      return { loss: tf.sum(tf.mul(apart, factors)), stats: {} };
    },
  };
}

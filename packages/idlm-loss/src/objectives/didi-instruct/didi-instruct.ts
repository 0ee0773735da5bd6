import {
  type FloatFeed,
  InputError,
  type IntFeed,
  type LossOptions,
  type Parameters,
  type RandomStream,
  type Uploaded,
  detach,
  drawTimes,
  floatFeed,
  idsFeed,
  logProbsAt,
  markBatch,
  noiseOf,
  pickEntries,
  slotFactors,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type Adversarial,
  type DistillationBatch,
  type LossWithStats,
  type ObjectiveContext,
  PASSES_WITH_GRADIENT,
} from '../../objective';
import { checkCounts } from '../shared/counts';
import { divergenceOf } from '../shared/divergence';
import { type JudgedNoise, discriminatorLoss, judge, judgedNoise } from './discriminator';
import {
  type StepFeeds,
  type Rollout,
  type RolloutFeeds,
  type RolloutStep,
  drawRollout,
  rollOut,
} from './student-rollout';

/** Options of DiDi-Instruct. */
export interface DidiInstructOptions extends LossOptions {
  /** Rows whose rewards are normalised together, and which share their intermediate time; 2 at least (default 4). */
  readonly group?: number;
  /** Weight of KL(teacher ‖ student) at the student's own states, ≥ 0 (default 0.01). */
  readonly anchor?: number;
}

/** The intermediate times keep clear of both ends, and their weight −α′/(1 − α) of the extremes: the repository's limits. */
const TIMES = { samplingEps: 0.02, largest: 0.98 } as const;
const WEIGHTS = { least: 0.1, most: 10 } as const;

/** One intermediate time per group of batch rows, [B]. */
function groupTimes({ batch, part }: DistillationBatch, group: number, random: RandomStream, { times }: LossOptions) {
  if (batch % group)
    throw new InputError(
      `didi-instruct normalises rewards in groups of ${group} rows; ${batch} rows do not divide into them: set "group".`,
    );
  const drawn = drawTimes(batch / group, random, { ...TIMES, ...times, part });
  return Float64Array.from({ length: batch }, (_, b) => drawn[Math.floor(b / group)]!);
}

/** Rewards [B] with mean 0 and deviation 1 in each group. */
function normaliseGroups(rewards: Tensor, group: number): Tensor {
  const rows = tf.reshape(rewards, [-1, group]);
  const centred = tf.sub(rows, tf.mean(rows, 1, true));
  const deviation = tf.sqrt(tf.mean(tf.square(centred), 1, true));
  return tf.reshape(tf.div(centred, tf.add(deviation, 1e-4)), [-1]);
}

/** One step of the rollout, with what each slot counts. */
interface CountedStep extends StepFeeds {
  /** [N]; 0 at padding. */
  readonly factors: FloatFeed;
}

/** The draws of a step. */
interface DidiFeeds extends RolloutFeeds {
  readonly start: CountedStep;
  readonly middle: CountedStep;
  /** The clean tokens, int32 [B, L]. */
  readonly ids: IntFeed;
  /** ω(τ) of each batch row, [B]. */
  readonly weights: FloatFeed;
  /** The corruption at which texts are judged. */
  readonly judged: JudgedNoise;
}

/** The steps of a rollout, each with its feeds. */
const stepsOf = ({ start, middle }: Rollout, feeds: Uploaded<DidiFeeds>) =>
  [
    [start, feeds.start],
    [middle, feeds.middle],
  ] as const;

/** Σ factor · advantage · ln p of the tokens that a step has drawn, a scalar. @param advantage of each batch row, [B] */
function scoreOf(
  { logProbs, drawn }: RolloutStep,
  { batchRows, factors }: Uploaded<CountedStep>,
  advantage: Tensor,
): Tensor {
  const weights = tf.mul(tf.gather(advantage, batchRows as tf.Tensor1D), factors);
  return tf.sum(tf.mul(pickEntries(logProbs, drawn), weights));
}

/** Σ factor · KL(teacher ‖ student) of what a step has asked, a scalar. */
function distanceFrom(
  context: ObjectiveContext,
  teacher: Parameters,
  { noisy, logProbs }: RolloutStep,
  { factors }: Uploaded<CountedStep>,
): Tensor {
  const target = detach(() => logProbsAt(context, teacher, noisy));
  return tf.sum(tf.mul(divergenceOf(target, logProbs, 'kl-forward'), factors));
}

/**
 * Distillation by a discriminator's log-ratio as reward. The student writes a text from all noise through an intermediate
 * state x_τ, and is reinforced for both steps (the paper's decomposition of the score); the text is noised to the same time
 * τ, and the second network tells it there from the teacher's:
 *
 *     ∇ = −E_τ [ ω(τ) Ã ∇( ln p_θ(x_τ | x_1) + ln p_θ(x_0 | x_τ) ) ] ,  A = logit D(z_τ) ≈ ln q_teacher(z_τ)/q_θ(z_τ)
 *
 * with Ã normalised in each group, ω = −α′/(1 − α), and KL to the teacher's predictions as an anchor.
 *
 * The discriminator has the denoiser's shape: its logit is the mean over a row's noisy positions of one column of its output,
 * the mask's (token 0's where there is no mask); the paper's has a head of its own. Data stands for the teacher's samples,
 * as in the repository. Its entropy bonus and its reward-guided sampler are not part of this.
 * @param context the family, and the network that student, teacher and discriminator have in common
 * @returns an objective whose fake is the discriminator, trained to tell the student's texts (0) from the data's (1); `stats` tells
 * the mean reward and, with an anchor, the divergence from the teacher
 * @throws InputError for groups below 2 or a negative anchor, and in a step whose rows do not divide into groups
 * Source: DiDi-Instruct (arXiv 2509.25035), algorithm 1 and its repository.
 */
export function didiInstruct(context: ObjectiveContext, options: DidiInstructOptions = {}): Adversarial<DidiFeeds> {
  const { family } = context;
  const { group = 4, anchor = 0.01, reduction = 'mean' } = options;
  checkCounts('didi-instruct', { group }, 2);
  if (!(anchor >= 0)) throw new InputError(`anchor of didi-instruct is at least 0; ${anchor} was given.`);
  const draw = (batch: DistillationBatch, random: RandomStream): DidiFeeds => {
    const marked = markBatch(batch);
    const times = groupTimes(batch, group, random.split('times'), options);
    const { start, middle } = drawRollout(context, marked, times, random.split('walk'));
    // Without a number of the update, since families whose states are soft have hard ones at their curriculum's end.
    const noise = noiseOf(family, marked, times, random.split('noise'));
    const weight = (t: number) => -family.schedule.dAlpha(t) / (1 - family.schedule.alpha(t));
    const counted = (step: StepFeeds): CountedStep => ({ ...step, factors: slotFactors(step, marked, reduction) });
    return {
      ids: idsFeed(batch),
      weights: floatFeed(times.map((t) => Math.min(WEIGHTS.most, Math.max(WEIGHTS.least, weight(t))))),
      start: counted(start),
      middle: counted(middle),
      judged: judgedNoise(noise, marked),
    };
  };
  return {
    spec: { name: 'didi-instruct', options: { group, anchor, reduction } },
    passes: {
      student: 2 * PASSES_WITH_GRADIENT + 1 + (anchor ? 2 : 0),
      fake: 2 + 2 * PASSES_WITH_GRADIENT,
    },
    studentFeeds: draw,
    fakeFeeds: draw,
    studentLoss({ student, teacher, fake }, fed): LossWithStats {
      const rollout = rollOut(context, student, fed);
      const reward = detach(() => judge(context, fake, rollout.ids, fed.judged));
      const advantage = detach(() => tf.mul(normaliseGroups(reward, group), fed.weights));
      const steps = stepsOf(rollout, fed);
      const policy = tf.neg(tf.addN(steps.map(([step, feeds]) => scoreOf(step, feeds, advantage))));
      const stats = { reward: tf.mean(reward) };
      if (!anchor) return { loss: policy, stats };
      const distance = tf.addN(steps.map(([step, feeds]) => distanceFrom(context, teacher, step, feeds)));
      return { loss: tf.add(policy, tf.mul(distance, anchor)), stats: { ...stats, distance } };
    },
    fakeLoss({ student, fake }, fed) {
      const made = detach(() => rollOut(context, student, fed, { frozen: true }).ids);
      const judged = (ids: Tensor) => judge(context, fake, ids, fed.judged);
      return { loss: discriminatorLoss(judged(fed.ids), judged(made)), stats: {} };
    },
  };
}

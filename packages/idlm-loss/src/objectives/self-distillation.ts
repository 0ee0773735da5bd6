import {
  type FloatFeed,
  InputError,
  type IntFeed,
  type LossFeeds,
  type LossOptions,
  type NoisyTokens,
  type Parameters,
  type RandomStream,
  type Uploaded,
  batchRowOf,
  drawCategories,
  detach,
  drawNoise,
  floatFeed,
  idsFeed,
  intFeed,
  logProbsAt,
  placeTokens,
  tokensAt,
  uniformFeed,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type DistillationBatch, type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import { checkCounts } from './shared/counts';
import { type Divergence, divergenceOf } from './shared/divergence';

/** Options of self-distillation through time. */
export interface SelfDistillationOptions extends LossOptions {
  /** Steps of the teacher's sampling at the start; its first step is 1/steps (default 256). */
  readonly steps?: number;
  /** Steps of the teacher that the student learns to make in one (default 2). */
  readonly stepsPerUpdate?: number;
  /**
   * Updates of a round, after which the student's average becomes the teacher and the step grows by `stepsPerUpdate`
   * (default 100).
   */
  readonly refreshEvery?: number;
  /** Default `'kl-forward'`. */
  readonly divergence?: Divergence;
}

/** The time of batch row b before the teacher's step i. */
type TimeOf = (b: number, i: number) => number;

/** The teacher's path of S steps. */
interface Path {
  /** The step at which each slot is revealed, or S for none, int32 [N]. */
  readonly reveals: IntFeed;
  /** −ln α of each batch row before each step, [S, B]. */
  readonly sigma: FloatFeed;
  /** What draws the token of each slot in each step, [S, N]. */
  readonly uniforms: FloatFeed;
}

/** The draws of a step: a corruption of the data, and the teacher's path from it. */
interface SelfDistillationFeeds extends LossFeeds {
  readonly path: Path;
}

/** When each noisy position is revealed: which masks go at which step does not depend on the network. */
function drawReveals(
  { family }: ObjectiveContext,
  positions: Int32Array,
  length: number,
  count: number,
  timeOf: TimeOf,
  random: RandomStream,
): Int32Array {
  const { alpha } = family.schedule;
  return positions.map((position) => {
    const b = batchRowOf(position, length);
    for (let i = 0; i < count; i++) {
      const [late, early] = [alpha(timeOf(b, i)), alpha(timeOf(b, i + 1))];
      if (random.uniform() < (early - late) / (1 - late)) return i;
    }
    return count;
  });
}

/** The teacher's path in so many steps. */
function drawPath(
  context: ObjectiveContext,
  { batch, length }: DistillationBatch,
  positions: Int32Array,
  count: number,
  timeOf: TimeOf,
  random: RandomStream,
): Path {
  const { sigma } = context.family.schedule;
  const reveals = drawReveals(context, positions, length, count, timeOf, random.split('reveals'));
  const steps = Array.from({ length: count }, (_, i) => i);
  const rows = Array.from({ length: batch }, (_, b) => b);
  const tokens = steps.flatMap((i) => Array.from(random.split('tokens').split(i).uniforms(positions.length)));
  return {
    reveals: intFeed(reveals),
    sigma: floatFeed(
      steps.flatMap((i) => rows.map((b) => sigma(timeOf(b, i)))),
      [count, batch],
    ),
    uniforms: { ...uniformFeed(Float64Array.from(tokens)), shape: [count, positions.length] },
  };
}

/** The teacher's prediction for each slot when it revealed it, or its last one, log-probabilities [N, V]. */
function teacherTargets(
  context: ObjectiveContext,
  teacher: Parameters,
  start: NoisyTokens,
  slots: Tensor,
  { reveals, ...steps }: Uploaded<Path>,
): Tensor {
  let ids = start.ids;
  let targets: Tensor | undefined;
  const uniforms = tf.unstack(steps.uniforms);
  for (const [i, sigma] of tf.unstack(steps.sigma).entries()) {
    const logProbs = logProbsAt(context, teacher, { ...start, ids, input: { ids }, sigma });
    const step = tf.scalar(i, 'int32');
    targets = targets ? tf.where(tf.expandDims(tf.greaterEqual(reveals, step), 1), logProbs, targets) : logProbs;
    const drawn = drawCategories(tf.exp(logProbs), uniforms[i]!);
    ids = placeTokens(ids, slots, tf.where(tf.equal(reveals, step), drawn, tokensAt(ids, start.positions)));
  }
  return targets!;
}

/**
 * Self-distillation through time: the teacher makes several ancestral steps from a noisy state; the student predicts in one
 * what the teacher did for each token when it revealed it, and the teacher's last prediction for what is still masked. Each
 * round the student's average becomes the teacher, whose one step then covers what several covered before:
 *
 *     L = E_{t, z_t} Σ_l d( x_teacher(z_{t_l}, t_l)_l , x_θ(z_t, t)_l ) ,  t_l = t − i_l δ_r ,  δ_r = k^r / steps in round r
 *
 * over the noisy positions l, with i_l < k the teacher's step that reveals l, the last one where none does.
 * @param context an absorbing family, and the network that student and teacher have in common
 * @returns an objective without a second network, whose teacher is to be refreshed every `refreshEvery` updates
 * @throws InputError for processes other than the absorbing one, or counts below 1
 * Source: SDTT (arXiv 2410.21035), algorithm 1.
 */
export function selfDistillation(
  context: ObjectiveContext,
  options: SelfDistillationOptions = {},
): Objective<SelfDistillationFeeds> {
  const { family } = context;
  const {
    steps = 256,
    stepsPerUpdate = 2,
    refreshEvery = 100,
    divergence = 'kl-forward',
    reduction = 'token-mean',
  } = options;
  if (!family.process.unmasking)
    throw new InputError(
      `sdtt works on absorbing processes; the ${family.spec.name} family's is ${family.process.kind}.`,
    );
  checkCounts('sdtt', { steps, stepsPerUpdate, refreshEvery });
  return {
    spec: { name: 'sdtt', options: { steps, stepsPerUpdate, refreshEvery, divergence, reduction } },
    passes: { student: PASSES_WITH_GRADIENT + stepsPerUpdate, fake: 0 },
    refresh: { every: refreshEvery },
    studentFeeds(batch, random) {
      const round = Math.floor((batch.update ?? 0) / refreshEvery);
      const delta = Math.min(1 / stepsPerUpdate, stepsPerUpdate ** round / steps);
      const { times, draws } = drawNoise(family, batch, random, { times: options.times, reduction });
      const timeOf: TimeOf = (b, i) => Math.max(0, times[b]! - i * delta);
      const positions = draws.noise.positions.values;
      const path = drawPath(context, batch, positions, stepsPerUpdate, timeOf, random.split('path'));
      return { ids: idsFeed(batch), ...draws, path };
    },
    studentLoss({ student, teacher }, { ids, noise, factors, path }) {
      const noisy = family.corrupt({ ids }, noise);
      const target = detach(() => teacherTargets(context, teacher, noisy, noise.slots, path));
      const apart = divergenceOf(target, logProbsAt(context, student, noisy), divergence);
      return { loss: tf.sum(tf.mul(apart, factors)), stats: {} };
    },
  };
}

import {
  InputError,
  type Fed,
  type Feeds,
  type NoisyTokens,
  type Parameters,
  type RandomStream,
  categoricalRows,
  detach,
  drawTimes,
  floatFeed,
  intFeed,
  predictAt,
  prefixed,
  uniformFeed,
  withPrefix,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type DistillationBatch, type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import { type Divergence, divergenceOf } from './shared/divergence';
import { type RivalOptions, checkCounts, factorsOf, placeDrawn } from './shared/draws';

/** Options of self-distillation through time. */
export interface SelfDistillationOptions extends RivalOptions {
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

/** The time of row b before the teacher's step i. */
type TimeOf = (b: number, i: number) => number;

/**
 * When each noisy position is revealed: which masks go at which step does not depend on the network. The count of steps
 * stands for "not at all".
 */
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
    const row = Math.floor(position / length);
    for (let i = 0; i < count; i++) {
      const [late, early] = [alpha(timeOf(row, i)), alpha(timeOf(row, i + 1))];
      if (random.uniform() < (early - late) / (1 - late)) return i;
    }
    return count;
  });
}

/** The teacher's path as feeds: the noise level, uniforms and reveals of each step. */
function pathFeeds(
  context: ObjectiveContext,
  { batch, length }: DistillationBatch,
  positions: Int32Array,
  count: number,
  timeOf: TimeOf,
  random: RandomStream,
): Feeds {
  const reveals = drawReveals(context, positions, length, count, timeOf, random.split('reveals'));
  const stepOf = (i: number): Feeds =>
    prefixed(`step${i}`, {
      sigma: floatFeed(Array.from({ length: batch }, (_, b) => context.family.schedule.sigma(timeOf(b, i)))),
      uniforms: uniformFeed(random.split('tokens').split(i).uniforms(positions.length)),
    });
  const steps = Array.from({ length: count }, (_, i) => stepOf(i));
  return Object.assign({ reveals: intFeed(reveals) }, ...steps) as Feeds;
}

/** The teacher's prediction for each position when it revealed it, or its last one, log-probabilities [N, V]. */
function teacherTargets(
  context: ObjectiveContext,
  teacher: Parameters,
  start: NoisyTokens,
  rows: Tensor,
  path: Fed,
  count: number,
): Tensor {
  let ids = start.ids;
  let targets: Tensor | undefined;
  for (let i = 0; i < count; i++) {
    const step = withPrefix(`step${i}`, path);
    const noisy = { ...start, ids, input: { ids }, sigma: step['sigma']! };
    const logProbs = context.family.toLogProbs(predictAt(context, teacher, noisy), noisy);
    const isOpen = tf.greaterEqual(path['reveals']!, tf.scalar(i, 'int32'));
    targets = targets ? tf.where(tf.expandDims(isOpen, 1), logProbs, targets) : logProbs;
    const isRevealed = tf.equal(path['reveals']!, tf.scalar(i, 'int32'));
    const before = tf.gather(tf.reshape(ids, [-1]), start.positions as tf.Tensor1D);
    const drawn = categoricalRows(tf.exp(logProbs), step['uniforms']!);
    ids = placeDrawn(ids, rows, tf.where(isRevealed, drawn, before));
  }
  return targets!;
}

/**
 * Self-distillation through time: the teacher makes several ancestral steps from a noisy state; the student predicts in one
 * what the teacher did for each token when it revealed it, and the teacher's last prediction for what is still masked. Each
 * round the student's average becomes the teacher, whose one step then covers what several covered before.
 * @throws InputError for processes other than the absorbing one, or counts below 1
 * Source: SDTT (arXiv 2410.21035), algorithm 1.
 */
export function selfDistillation(context: ObjectiveContext, options: SelfDistillationOptions = {}): Objective {
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
      const drawn = drawTimes(batch.batch, random.split('times'), { ...options.times, part: batch.part });
      const noise = family.noise(batch, drawn, random.split('noise'), { valid: batch.valid });
      const timeOf: TimeOf = (b, i) => Math.max(0, drawn[b]! - i * delta);
      const positions = noise['positions']!.values as Int32Array;
      return {
        ids: intFeed(batch.ids, [batch.batch, batch.length]),
        factors: factorsOf(noise, batch, reduction),
        ...prefixed('noise', noise),
        ...prefixed('path', pathFeeds(context, batch, positions, stepsPerUpdate, timeOf, random.split('path'))),
      };
    },
    studentLoss({ student, teacher }, fed) {
      const noise = withPrefix('noise', fed);
      const noisy = family.corrupt({ ids: fed['ids']! }, noise);
      const path = withPrefix('path', fed);
      const target = detach(() => teacherTargets(context, teacher, noisy, noise['rows']!, path, stepsPerUpdate));
      const predicted = family.toLogProbs(predictAt(context, student, noisy), noisy);
      const apart = divergenceOf(target, predicted, divergence);
      return { loss: tf.sum(tf.mul(apart, fed['factors']!)), stats: {} };
    },
  };
}

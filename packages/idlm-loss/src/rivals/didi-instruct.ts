import {
  type Feeds,
  InputError,
  type NoisyTokens,
  type Parameters,
  type RandomStream,
  detach,
  floatFeed,
  pickEntries,
  predictAt,
  withPrefix,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { drawStep, generate } from '../generation';
import { type Adversarial, type DistillationBatch, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import { simplex } from '../relaxations/simplex';
import type { RivalOptions } from './draws';

/** Rows by positions: the mean over a row's counted positions, [B, N]. */
function rowMeans(noise: Feeds, { batch, length }: DistillationBatch): Feeds {
  const positions = noise['positions']!.values;
  const counts = new Float64Array(batch);
  const weights = (noise['weight'] ?? noise['coefficient'])!.values;
  const row = (n: number) => Math.floor(positions[n]! / length);
  positions.forEach((_, n) => weights[n] && counts[row(n)]!++);
  const matrix = new Float32Array(batch * positions.length);
  positions.forEach((_, n) => weights[n] && (matrix[row(n) * positions.length + n] = 1 / counts[row(n)]!));
  return { means: floatFeed(matrix, [batch, positions.length]) };
}

/** The row means of one corruption of a step, under its prefix. */
const prefixedMeans = (prefix: string, feeds: Feeds, batch: DistillationBatch): Feeds => {
  const { means } = rowMeans(withPrefix(prefix, feeds), batch);
  return { [`${prefix}.means`]: means! };
};

/** Rows of a group with mean 0 and deviation 1. */
function normaliseGroup(rewards: Tensor): Tensor {
  const centred = tf.sub(rewards, tf.mean(rewards));
  return tf.div(centred, tf.add(tf.sqrt(tf.mean(tf.square(centred))), 1e-4));
}

/**
 * Distillation by a discriminator's log-ratio as reward: the second network tells noisy states of data from those of the
 * student's samples; its logit estimates ln q_data(x_t)/q_θ(x_t). The student's tokens, drawn from an intermediate noisy
 * state, are reinforced by the reward normalised over the batch.
 *
 * The discriminator has the network's shape: its logit is the mean over noisy positions of one column of its output, the
 * mask's (or token 0's where there is no mask). Data stands for the teacher's samples, and its corruptions for the
 * intermediate states; the paper's reward-guided sampler is not part of this.
 * @throws InputError for families whose states are soft
 * Source: DiDi-Instruct (arXiv 2509.25035), policy gradient with grouped normalisation.
 */
export function didiInstruct(context: ObjectiveContext, options: RivalOptions = {}): Adversarial {
  const { family } = context;
  const relaxation = simplex();
  const settings = { relaxation, reduction: 'mean' as const, ...options };
  const column = family.process.maskId ?? 0;
  const draw = (batch: DistillationBatch, random: RandomStream): Feeds => {
    const feeds = drawStep(context, batch, random, settings);
    if (feeds['second.normals'])
      throw new InputError('didi-instruct tells hard states apart; the duo family’s are soft: take udlm.');
    return {
      ...feeds,
      ...prefixedMeans('first', feeds, batch),
      ...prefixedMeans('second', feeds, batch),
    };
  };
  /** The discriminator's logit of each row, [B]. */
  const judge = (network: Parameters, noisy: NoisyTokens, means: Tensor): Tensor => {
    const logits = predictAt(context, network, noisy);
    const chosen = tf.slice(logits, [0, column], [-1, 1]);
    return tf.reshape(tf.matMul(means, chosen), [-1]);
  };
  return {
    spec: { name: 'didi-instruct', options: {} },
    passes: { student: PASSES_WITH_GRADIENT + 1, fake: 1 + 2 * PASSES_WITH_GRADIENT },
    studentFeeds: draw,
    fakeFeeds: draw,
    studentLoss({ student, fake }, fed) {
      const { clean, logits, noisy } = generate(context, student, fed, relaxation, false);
      const reward = detach(() => judge(fake, family.corrupt(clean, withPrefix('second', fed)), fed['second.means']!));
      const chosen = pickEntries(family.toLogProbs(logits, noisy), clean.soft!.drawn);
      const logProbability = tf.reshape(tf.matMul(fed['first.means']!, tf.expandDims(chosen, 1)), [-1]);
      const advantage = detach(() => normaliseGroup(reward));
      return { loss: tf.neg(tf.mean(tf.mul(advantage, logProbability))), stats: { reward: tf.mean(reward) } };
    },
    fakeLoss({ student, fake }, fed) {
      const { clean } = generate(context, student, fed, relaxation, true);
      const second = withPrefix('second', fed);
      const real = judge(fake, family.corrupt({ ids: clean.ids }, second), fed['second.means']!);
      const made = judge(fake, family.corrupt(clean, second), fed['second.means']!);
      return { loss: tf.mean(tf.add(tf.softplus(tf.neg(real)), tf.softplus(made))), stats: {} };
    },
  };
}

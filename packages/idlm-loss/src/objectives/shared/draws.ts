import {
  type Feed,
  type Feeds,
  InputError,
  type RandomStream,
  type Reduction,
  type TimeOptions,
  drawTimes,
  existingRow,
  floatFeed,
  intFeed,
  isSoft,
  prefixed,
  reductionFactors,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DistillationBatch, ObjectiveContext } from '../../objective';

/** Options that all rivals share. */
export interface RivalOptions {
  /** How per-position losses become one number (default `'token-mean'`). */
  readonly reduction?: Reduction;
  /** How times are drawn. */
  readonly times?: TimeOptions;
}

/** @throws InputError naming the first option that is no whole number of at least `least` */
export function checkCounts(objective: string, counts: Readonly<Record<string, number>>, least = 1): void {
  for (const [name, value] of Object.entries(counts))
    if (!(Number.isInteger(value) && value >= least))
      throw new InputError(`${name} of ${objective} is a whole number, at least ${least}; ${value} was given.`);
}

/** How many of a corruption's positions are no padding; they come first. */
export const countOf = (noise: Feeds): number =>
  (noise['rows']!.values as Int32Array).reduce((count, row) => Math.max(count, row + 1), 0);

/** The factors of a corruption's positions, 0 at padding: what rivals compare there is not 0 by itself. */
export function factorsOf(noise: Feeds, batch: DistillationBatch, reduction: Reduction): Feed {
  const positions = noise['positions']!.values as Int32Array;
  return floatFeed(
    reductionFactors(positions, batch.batch, batch.length, reduction, batch.valid).fill(0, countOf(noise)),
  );
}

/** The row of each flat position, int32 [N]. */
export const ownersOf = (positions: ArrayLike<number>, length: number): Feed =>
  intFeed(Int32Array.from(positions, (position) => Math.floor(position / length)));

/** Ids [B, L] with the drawn tokens [N] at their positions. @param rows the number of each flat position, or −1 */
export const placeDrawn = (ids: Tensor, rows: Tensor, drawn: Tensor): Tensor =>
  tf.reshape(
    tf.where(isSoft(rows), tf.gather(drawn, existingRow(rows) as tf.Tensor1D), tf.reshape(ids, [-1])),
    ids.shape,
  );

/**
 * reward_k − mean of the others' rewards, [K, B], K ≥ 2: the baseline does not see the sample that it judges.
 * Source: Kool et al. (2019), "Buy 4 REINFORCE samples, get a baseline for free!".
 */
export const leaveOneOut = (rewards: Tensor): Tensor => {
  const samples = rewards.shape[0]!;
  return tf.div(tf.sub(tf.mul(rewards, samples), tf.sum(rewards, 0, true)), samples - 1);
};

/** The clean ids, one corruption of them at fresh times (under `noise`), and the factors of its positions. */
export function drawCorruption(
  { family }: ObjectiveContext,
  batch: DistillationBatch,
  random: RandomStream,
  { reduction = 'token-mean', times }: RivalOptions,
): Feeds {
  const drawn = drawTimes(batch.batch, random.split('times'), { ...times, part: batch.part });
  const noise = family.noise(batch, drawn, random.split('noise'), { valid: batch.valid, update: batch.update ?? 0 });
  return {
    ids: intFeed(batch.ids, [batch.batch, batch.length]),
    factors: factorsOf(noise, batch, reduction),
    ...prefixed('noise', noise),
  };
}

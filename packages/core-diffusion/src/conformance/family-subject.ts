import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Parameters } from '../denoiser';
import type { Family } from '../families/family';
import { type MarkedBatch, markBatch } from '../noise/batch';
import type { CleanTokens } from '../noise/clean-tokens';
import type { NoiseFeeds } from '../noise/noise';
import { randomStream } from '../random/stream';
import type { Uploaded } from '../tensors/feeds';
import { oneHotRows } from '../tensors/rows';
import { networkLoss } from '../training/network-loss';
import { cleanIds } from './processes';

/** What the suite has to know of a family. */
export interface FamilyConformanceOptions {
  /** Number of the training update whose noise is checked; that of evaluation by default. */
  readonly update?: number;
  /** Whether clean tokens may be a student's rows (default true). */
  readonly soft?: boolean;
}

/** Rows of the batch, and tokens of each. */
export const [BATCH, LENGTH] = [4, 6];
/** From nearly clean to all noise, the ends of what training draws. */
const TIMES = Float64Array.of(1e-3, 0.3, 0.7, 1);

/** A family with a batch of its tokens. */
export interface Subject extends FamilyConformanceOptions {
  readonly family: Family;
  readonly batch: MarkedBatch;
}

/** The subject's noise, and that with some tokens given. */
export const draw = ({ family, batch, update }: Subject, valid = batch.valid, seed = 8, bucket?: number): NoiseFeeds =>
  family.noise({ ...batch, valid }, TIMES, randomStream(seed), { update, bucket });

/** The clean tokens on the device. */
export const hard = ({ batch }: Subject): CleanTokens => ({ ids: tf.tensor2d(batch.ids, [BATCH, LENGTH], 'int32') });

/** The same as rows of the simplex at all positions. */
export function oneHot(subject: Subject, sharpness = Infinity): CleanTokens {
  const { ids } = hard(subject);
  const drawn = tf.reshape(ids, [-1]);
  const rows = oneHotRows(drawn, subject.family.process.vocabSize);
  const others = tf.sub(
    1,
    oneHotRows(tf.fill([drawn.size], subject.family.process.maskId ?? 0, 'int32'), rows.shape[1]!),
  );
  const even = tf.div(others, tf.sum(others, 1, true));
  const probs = sharpness === Infinity ? rows : tf.add(tf.mul(rows, sharpness), tf.mul(even, 1 - sharpness));
  return { ids, soft: { slots: tf.range(0, drawn.size, 1, 'int32'), probs, drawn } };
}

/** The whole training loss [N] of a network whose logits are a table [B·L, V], of at most so many logits at a time. */
export function lossOf(
  { family }: Subject,
  table: Tensor,
  clean: CleanTokens,
  noise: Uploaded<NoiseFeeds>,
  logitsOfPart?: number,
): Tensor {
  const denoiser = {
    vocabSize: family.process.vocabSize,
    timeConditioned: true,
    describe: () => ({ type: 'table', config: { vocabSize: table.shape[1]!, length: LENGTH, timeConditioned: true } }),
    apply: () => tf.gather(table, noise.positions),
    hidden: () => tf.gather(table, noise.positions),
    head: { weights: [], apply: (_: Parameters, hidden: Tensor) => hidden },
  };
  return networkLoss({ family, denoiser }, {}, clean, noise, { logitsOfPart });
}

/** Logits of an ignorant network, [B·L, V]. */
export const table = ({ family }: Subject, seed = 4): Tensor =>
  tf.randomNormal([BATCH * LENGTH, family.process.vocabSize], 0, 2, 'float32', seed);

/** A family with tokens drawn for it. */
export function subjectOf(family: Family, options: FamilyConformanceOptions): Subject {
  const tokens = cleanIds(family.process);
  const draws = randomStream(3).integers(BATCH * LENGTH, tokens.length);
  const ids = draws.map((one) => tokens[one]!);
  return { ...options, family, batch: markBatch({ ids, batch: BATCH, length: LENGTH }) };
}

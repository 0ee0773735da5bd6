import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { absorbing } from '../processes/absorbing';
import type { TokenBatch } from '../processes/process';
import { importanceTimes } from '../schedules/importance';
import { logLinear } from '../schedules/log-linear';
import type { NoiseSchedule } from '../schedules/schedule';
import { floatFeed, intFeed } from '../tensors/feeds';
import { checkShape } from '../tensors/check-shape';
import { NEGATIVE_INFINITY, maskedLogSoftmax } from '../tensors/log-softmax';
import { pickEntries, softCrossEntropy } from '../tensors/rows';
import { checkBatch } from './check-batch';
import { existingRow, hardIds, isSoft } from './clean-tokens';
import type { CleanTokens, Family, Fed, Feeds, LossTerms, NoiseOptions, NoisyTokens } from './family';
import { normaliseRow } from './normalise-row';
import { padPositions, rowsOf } from './positions';

/** What an MDLM family is made of. */
export interface MdlmOptions {
  /** Entries of a row of logits, the mask included. */
  readonly vocabSize: number;
  readonly maskId: number;
  /** Log-linear by default. */
  readonly schedule?: NoiseSchedule;
  /** Draw times in proportion to the NELBO's weight, which then is a constant (log-linear and linear schedules). */
  readonly importanceSampling?: boolean;
}

/** The time at which tokens are noised and the weight of their loss, for a time t drawn evenly. */
function timeAndWeight(
  schedule: NoiseSchedule,
  importanceSampling: boolean,
): (t: number) => readonly [time: number, weight: number] {
  if (!importanceSampling) return (t) => [t, -schedule.dAlpha(t) / (1 - schedule.alpha(t))];
  const { transform, weight } = importanceTimes(schedule);
  return (t) => [transform(t), weight];
}

/**
 * The feeds of one batch whose masked positions are given: the deterministic half of `Family.noise`, also used to replay
 * stored draws.
 * @param masked 1 where a token is masked, [B·L]
 * @param weights NELBO weight of each row [B]
 * @param sigmas −ln α of each row [B]
 */
export function mdlmNoise(
  masked: ArrayLike<number>,
  length: number,
  weights: ArrayLike<number>,
  sigmas: ArrayLike<number>,
  bucket?: number,
): Feeds {
  const pattern = Int32Array.from(masked);
  const positions: number[] = [];
  pattern.forEach((one, i) => one && positions.push(i));
  const padded = padPositions(Int32Array.from(positions), pattern.length, bucket);
  const weight = Float32Array.from(padded, (position, n) =>
    n < positions.length ? weights[Math.floor(position / length)]! : 0,
  );
  return {
    masked: intFeed(pattern),
    positions: intFeed(padded),
    rows: intFeed(rowsOf(positions, pattern.length)),
    weight: floatFeed(weight),
    sigma: floatFeed(sigmas),
  };
}

/** −Σ_v x_v ln x_θ,v at each position, for ids and for simplex rows. */
function crossEntropy(logProbs: Tensor, { ids, soft }: CleanTokens, positions: Tensor): Tensor {
  const hard = tf.neg(pickEntries(logProbs, tf.gather(tf.reshape(ids, [-1]), positions)));
  if (!soft) return hard;
  const rows = tf.gather(soft.rowOf, positions);
  const target = tf.gather(soft.probs, existingRow(rows));
  return tf.where(isSoft(rows), softCrossEntropy(logProbs, target), hard);
}

/** SUBS on the host: a row at the mask excludes the mask and is normalised, any other row is one-hot at its token. */
function subsRow(logits: Float64Array, current: number, maskId: number): void {
  if (current !== maskId) {
    logits.fill(NEGATIVE_INFINITY);
    logits[current] = 0;
    return;
  }
  logits[maskId] = -Infinity;
  normaliseRow(logits);
  logits[maskId] = NEGATIVE_INFINITY;
}

/**
 * Masked diffusion: absorbing process, SUBS parameterization, continuous-time NELBO
 * −α′/(1−α) · (−Σ_v x_v ln x_θ,v) at masked positions.
 * @throws InputError for a mask outside the vocabulary, or importance sampling with a schedule that has none
 * Source: MDLM (arXiv 2406.07524), equations 8–11; soft x as in IDLM.
 */
export function mdlm({ vocabSize, maskId, schedule = logLinear(), importanceSampling = false }: MdlmOptions): Family {
  const process = absorbing({ vocabSize, maskId });
  const weightAt = timeAndWeight(schedule, importanceSampling);
  return {
    spec: {
      name: 'mdlm',
      options: { schedule: { name: schedule.spec.name, options: schedule.spec.options ?? {} }, importanceSampling },
    },
    schedule,
    process,
    noise({ ids, batch, length }: TokenBatch, times, random, { valid, bucket }: NoiseOptions = {}) {
      checkBatch({ ids, batch, length }, times, valid);
      const rows = Array.from(times, weightAt);
      const moved = rows.map(([t]) => 1 - schedule.alpha(t));
      const masked = ids.map((_, i) =>
        Number(random.uniform() < moved[Math.floor(i / length)]! && (valid ? valid[i] === 1 : true)),
      );
      return mdlmNoise(
        masked,
        length,
        rows.map(([, weight]) => weight),
        rows.map(([t]) => schedule.sigma(t)),
        bucket,
      );
    },
    corrupt(clean, noise: Fed): NoisyTokens {
      checkShape('The noise of this batch', noise['masked']!, 'B·L', { 'B·L': clean.ids.size });
      const flat = tf.where(tf.cast(noise['masked']!, 'bool'), tf.scalar(maskId, 'int32'), hardIds(clean));
      const ids = tf.reshape(flat, clean.ids.shape);
      return { input: { ids }, ids, sigma: noise['sigma']!, positions: noise['positions']! };
    },
    toLogProbs: (logits) => maskedLogSoftmax(logits, maskId),
    loss(logProbs, clean, noisy, noise): LossTerms {
      checkShape('logProbs', logProbs, 'N V', { N: noisy.positions.size, V: vocabSize });
      return { perPosition: tf.mul(crossEntropy(logProbs, clean, noisy.positions), noise['weight']!) };
    },
    rowToLogProbs: (logits, current) => subsRow(logits, current, maskId),
  };
}

import {
  type Feeds,
  type RandomStream,
  type Reduction,
  type TimeOptions,
  drawTimes,
  floatFeed,
  intFeed,
  prefixed,
  reductionFactors,
} from '@idlm/core-diffusion';
import type { DistillationBatch, ObjectiveContext } from '../objective';

/** Options that all rivals share. */
export interface RivalOptions {
  /** How per-position losses become one number (default `'token-mean'`). */
  readonly reduction?: Reduction;
  /** How times are drawn. */
  readonly times?: TimeOptions;
}

/** The factors of a corruption's positions. */
export const factorsOf = (noise: Feeds, batch: DistillationBatch, reduction: Reduction) =>
  floatFeed(
    reductionFactors(noise['positions']!.values as Int32Array, batch.batch, batch.length, reduction, batch.valid),
  );

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

import type { MarkedBatch } from '../../noise/batch';
import { type Moves, type UniformLevels, uniformLevels } from '../../noise/moves';
import type { NoiseOptions } from '../../noise/noise';
import type { FloatFeed } from '../../tensors/feeds';

/** What the continuous-time NELBO of the uniform process reads. */
export interface UdlmLevels extends UniformLevels {
  /** α′(t)/(V α(t)) < 0 of each slot, [N]; 0 at padding. */
  readonly coefficient: FloatFeed;
}

/** The noise of UDLM. */
export type UdlmNoise = UdlmLevels & Moves;

/** The signal of each batch row, [B] each. */
export interface RowSignals {
  readonly alpha: ArrayLike<number>;
  /** α′(t). */
  readonly dAlpha: ArrayLike<number>;
}

/** The levels of a batch. @throws InputError for sizes that do not fit the batch */
export function udlmLevels(
  batch: MarkedBatch,
  { alpha, dAlpha }: RowSignals,
  vocabSize: number,
  options?: NoiseOptions,
): UdlmLevels {
  const { places, levels } = uniformLevels(batch, alpha, options);
  return { ...levels, coefficient: places.perSlot((b) => dAlpha[b]! / (vocabSize * alpha[b]!)) };
}

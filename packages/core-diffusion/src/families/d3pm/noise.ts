import type { MarkedBatch } from '../../noise/batch';
import type { MaskNoise } from '../../noise/masks';
import { type Moves, type UniformLevels, uniformLevels } from '../../noise/moves';
import type { NoiseOptions } from '../../noise/noise';
import { lossPlaces } from '../../noise/positions';
import { type FloatFeed, type IntFeed, floatFeed } from '../../tensors/feeds';
import type { StepLevels } from './grid';

/** The noise of absorbing D3PM; all of slots, [N], and 0 at padding. */
export interface D3pmNoise extends MaskNoise {
  /** 1 where the token is masked, 0 where it is only reconstructed. */
  readonly hidden: FloatFeed;
  /** (α_s − α_t)/(1 − α_t): the chance that a mask is revealed in this step. */
  readonly revealed: FloatFeed;
  /** α_t/(1 − α_t). */
  readonly oddsT: FloatFeed;
  /** α_s/(1 − α_s). The last step has no mask left; its term has a coefficient of 0, whose limit is 0. */
  readonly oddsS: FloatFeed;
}

/**
 * The noise of one batch with the given masks, at all valid positions where clean tokens are to be reconstructed.
 * @param masked 1 where a token is masked, [B·L]
 * @param levels α of each batch row at both ends of its step, [B]
 */
export function d3pmNoise(
  masked: IntFeed,
  { length, valid }: Pick<MarkedBatch, 'length' | 'valid'>,
  levels: readonly StepLevels[],
  reconstructs: boolean,
  { bucket }: NoiseOptions = {},
): D3pmNoise {
  const { feeds, perSlot } = lossPlaces(reconstructs ? valid : masked.values, length, bucket);
  const ofLevels = (value: (levels: StepLevels) => number) => perSlot((b) => value(levels[b]!));
  return {
    ...feeds,
    masked,
    sigma: floatFeed(levels.map(({ alphaT }) => -Math.log(alphaT))),
    hidden: perSlot((_, position) => masked.values[position]!),
    revealed: ofLevels(({ alphaT, alphaS }) => (alphaS - alphaT) / (1 - alphaT)),
    oddsT: ofLevels(({ alphaT }) => alphaT / (1 - alphaT)),
    oddsS: ofLevels(({ alphaS }) => (alphaS < 1 - 1e-9 ? alphaS / (1 - alphaS) : 0)),
  };
}

/** The levels that uniform D3PM reads. */
export interface UniformD3pmLevels extends UniformLevels {
  /** α one step earlier, α_s, of each slot, [N]. */
  readonly earlier: FloatFeed;
}

/** The noise of uniform D3PM. */
export type UniformD3pmNoise = UniformD3pmLevels & Moves;

/** α_s at padding: above the α_t that stands there. */
const EARLIER_AT_PADDING = 0.75;

/** The levels of one batch. @param steps α of each batch row at both ends of its step, [B] */
export function uniformD3pmLevels(
  batch: MarkedBatch,
  steps: readonly StepLevels[],
  options?: NoiseOptions,
): UniformD3pmLevels {
  const alpha = steps.map(({ alphaT }) => alphaT);
  const { places, levels } = uniformLevels(batch, alpha, options);
  return { ...levels, earlier: places.perSlot((b) => steps[b]!.alphaS, EARLIER_AT_PADDING) };
}

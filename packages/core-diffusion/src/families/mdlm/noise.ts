import { lossPlaces } from '../../noise/positions';
import type { MaskNoise } from '../../noise/masks';
import { type FloatFeed, floatFeed, intFeed } from '../../tensors/feeds';

/** The noise of MDLM. */
export interface MdlmNoise extends MaskNoise {
  /** NELBO weight of each slot, [N]; 0 at padding. */
  readonly weight: FloatFeed;
}

/**
 * The noise of one batch whose masked positions are given: what remains of `noise` without its draws, also used to replay
 * stored ones.
 * @param masked 1 where a token is masked, [B·L]
 * @param weights NELBO weight of each batch row, [B]
 * @param sigmas −ln α of each batch row, [B]
 */
export function mdlmNoise(
  masked: ArrayLike<number>,
  length: number,
  weights: ArrayLike<number>,
  sigmas: ArrayLike<number>,
  bucket?: number,
): MdlmNoise {
  const places = lossPlaces(masked, length, bucket);
  return {
    ...places.feeds,
    sigma: floatFeed(sigmas),
    masked: intFeed(Int32Array.from(masked)),
    weight: places.perSlot((b) => weights[b]!),
  };
}

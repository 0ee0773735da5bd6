import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { InputError } from '../errors';
import { batchRowOf } from '../flat-positions';
import { type FloatFeed, type Uploaded, floatFeed, intFeed } from '../tensors/feeds';
import type { NoiseFeeds } from './noise';

/**
 * Pads flat positions with 0 up to a multiple of `share` of the total, so that few shapes occur over many steps.
 * @param share in (0, 1]; 1/8 makes at most eight shapes
 * @throws InputError for another share
 */
export function padPositions(positions: Int32Array, total: number, share = 1 / 8): Int32Array {
  if (!(share > 0 && share <= 1))
    throw new InputError(`A bucket is a share of all positions in (0, 1]; ${share} was given.`);
  const bucket = Math.max(1, Math.ceil(total * share));
  const padded = new Int32Array(Math.max(1, Math.ceil(positions.length / bucket)) * bucket);
  padded.set(positions);
  return padded;
}

/** The slot of each of `total` flat positions: its index in `positions`, −1 for those not in it. */
export function slotsOf(positions: ArrayLike<number>, total: number): Int32Array {
  const slots = new Int32Array(total).fill(-1);
  for (let n = 0; n < positions.length; n++) slots[positions[n]!] = n;
  return slots;
}

/** Where the loss of a batch is. */
export interface LossPlaces {
  readonly feeds: Pick<NoiseFeeds, 'positions' | 'slots'>;
  /** A number for each slot from its flat position and batch row, and `padding` (default 0) behind them, [N]. */
  perSlot(value: (batchRow: number, position: number) => number, padding?: number): FloatFeed;
}

/**
 * Chooses where the loss of a batch of B·L tokens is.
 * @param chosen 1 at these flat positions, [B·L]; where it is 1 everywhere nothing is padded
 * @param bucket as in `NoiseOptions`
 */
export function lossPlaces(chosen: ArrayLike<number>, length: number, bucket?: number): LossPlaces {
  const places: number[] = [];
  for (let i = 0; i < chosen.length; i++) if (chosen[i] === 1) places.push(i);
  const count = places.length;
  const real = Int32Array.from(places);
  const positions = count === chosen.length ? real : padPositions(real, chosen.length, bucket);
  return {
    feeds: { positions: intFeed(positions), slots: intFeed(slotsOf(real, chosen.length)) },
    perSlot: (value, padding = 0) =>
      floatFeed(
        Float32Array.from(positions, (position, n) =>
          n < count ? value(batchRowOf(position, length), position) : padding,
        ),
      ),
  };
}

/** How many slots are no padding; they come first. */
export const slotCount = ({ slots }: Pick<NoiseFeeds, 'slots'>): number =>
  slots.values.reduce((count, slot) => Math.max(count, slot + 1), 0);

/** Device: 1 at slots that are no padding, float32 [N]. */
export function countedSlots({ positions, slots }: Uploaded<Pick<NoiseFeeds, 'positions' | 'slots'>>): Tensor {
  const own = tf.range(0, positions.shape[0], 1, 'int32');
  return tf.cast(tf.equal(tf.gather(slots, positions as tf.Tensor1D), own), 'float32');
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Tables of a rotary embedding for L positions of d channels, [L, d] each. */
export interface RotaryTables {
  readonly cos: Float32Array;
  /** −sin in the first half of the channels, sin in the second. */
  readonly signedSin: Float32Array;
}

/** Frequencies 10000^(−2i/d), rounded to float32 as the references' buffer is, [d/2]. */
export const inverseFrequencies = (channels: number): Float32Array =>
  Float32Array.from({ length: channels / 2 }, (_, i) => 10000 ** ((-2 * i) / channels));

function computeTables(length: number, channels: number): RotaryTables {
  const frequencies = inverseFrequencies(channels);
  const half = channels / 2;
  const angle = (i: number) => Math.floor(i / channels) * frequencies[(i % channels) % half]!;
  const size = length * channels;
  return {
    cos: Float32Array.from({ length: size }, (_, i) => Math.cos(angle(i))),
    signedSin: Float32Array.from({ length: size }, (_, i) => Math.sin(angle(i)) * (i % channels < half ? -1 : 1)),
  };
}

/** The tables asked for last: every block of a network wants the same. */
let last = { length: 0, channels: 0, tables: computeTables(0, 0) };

/**
 * Rotary tables, non-interleaved ("half split"); the angle of position p and frequency i is p · f_i, in radians.
 * @param length L, at least 1
 * @param channels d of a head, even
 * @returns tables that others share: not to be changed
 */
export function rotaryTables(length: number, channels: number): RotaryTables {
  if (last.length !== length || last.channels !== channels)
    last = { length, channels, tables: computeTables(length, channels) };
  return last.tables;
}

/** The two halves of the last axis exchanged. */
function swapHalves(x: Tensor): Tensor {
  const [first, second] = tf.split(x, 2, -1) as [Tensor, Tensor];
  return tf.concat([second, first], -1);
}

/**
 * [v1 cos − v2 sin, v2 cos + v1 sin] for x […, L, d]: the pair (v1, v2)_i of position p turned by p · f_i. The product of a query and a
 * key that are turned so depends on their distance alone.
 * @param cos as `rotaryTables` makes it, [L, d], like `signedSin`
 * Source: Su et al. (arXiv 2104.09864), equation 34, in the half-split order of GPT-NeoX.
 * @example
 * ```ts
 * import { rotaryTables, rotate } from '@idlm/denoiser/layers';
 * import { openEngine } from '@idlm/engine';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await openEngine({ prefer: 'wasm' });
 * const { cos, signedSin } = rotaryTables(8, 4); // 8 positions, 4 channels
 * const same = tf.tile(tf.tensor2d([[1, 2, 3, 4]]), [8, 1]); // one vector at every position
 * const turned = rotate(same, tf.tensor2d(cos, [8, 4]), tf.tensor2d(signedSin, [8, 4]));
 * const products = tf.matMul(turned, turned, false, true).arraySync() as number[][];
 * console.log(products[1]![3]!.toFixed(3), products[4]![6]!.toFixed(3)); // → 15.835 15.835
 * ```
 */
export const rotate = (x: Tensor, cos: Tensor, signedSin: Tensor): Tensor =>
  tf.add(tf.mul(x, cos), tf.mul(swapHalves(x), signedSin));

/** The transpose of `rotate`, which undoes it. */
export const rotateBack = (x: Tensor, cos: Tensor, signedSin: Tensor): Tensor =>
  tf.sub(tf.mul(x, cos), tf.mul(swapHalves(x), signedSin));

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The first number of a tensor as a scalar. */
const firstOf = (tensor: Tensor): Tensor => {
  const first = tf.slice(
    tensor,
    tensor.shape.map(() => 0),
    tensor.shape.map(() => 1),
  );
  return tf.reshape(first, []);
};

/**
 * 0, once all of `earlier` are there. The operations of a compiled function start as soon as their inputs are there: what is to be
 * computed late, or one part after another, has to wait for a number.
 */
export function zeroAfter(earlier: readonly Tensor[], dtype: 'float32' | 'int32'): Tensor {
  // No number is above it, and what is none neither.
  const zeros = earlier.map((tensor) => tf.cast(tf.greater(firstOf(tensor), Infinity), dtype));
  return zeros.reduce((sum, zero) => tf.add(sum, zero));
}

/** x, once `earlier` is there. @param x float32; copied, so better a small one */
export const after = (x: Tensor, earlier: Tensor): Tensor => tf.add(x, zeroAfter([earlier], 'float32'));

/** Rows `start` … `start + count − 1` of [N, …]. @param zero where given, one that they wait for, as `zeroAfter` gives it in int32 */
export function rowsAfter(x: Tensor, start: number, count: number, zero?: Tensor): Tensor {
  if (!zero) return tf.slice(x, [start, ...x.shape.slice(1).map(() => 0)], [count, ...x.shape.slice(1)]);
  const places = tf.add(tf.range(start, start + count, 1, 'int32'), zero);
  return tf.gather(x, places as tf.Tensor1D);
}

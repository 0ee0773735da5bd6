import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * 0, once `earlier` is there. The operations of a compiled function start as soon as their inputs are there: what is to be computed
 * late, or one part after another, has to wait for a number.
 */
function zeroAfter(earlier: Tensor, dtype: 'float32' | 'int32'): Tensor {
  const first = tf.slice(
    earlier,
    earlier.shape.map(() => 0),
    earlier.shape.map(() => 1),
  );
  // No number is above it, and what is none neither.
  return tf.cast(tf.greater(tf.reshape(first, []), Infinity), dtype);
}

/** x, once `earlier` is there. @param x float32; copied, so better a small one */
export const after = (x: Tensor, earlier: Tensor): Tensor => tf.add(x, zeroAfter(earlier, 'float32'));

/** Rows `start` … `start + count − 1` of [N, …], taken once `earlier` is there. */
export function rowsAfter(x: Tensor, start: number, count: number, earlier?: Tensor): Tensor {
  if (!earlier) return tf.slice(x, [start, ...x.shape.slice(1).map(() => 0)], [count, ...x.shape.slice(1)]);
  const places = tf.add(tf.range(start, start + count, 1, 'int32'), zeroAfter(earlier, 'int32'));
  return tf.gather(x, places as tf.Tensor1D);
}

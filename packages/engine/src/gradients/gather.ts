import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';

type GatherAttributes = NamedAttrMap & { axis: number; batchDims: number };

/**
 * The gradient of gathering, by sums of rows: of y[b, o, i, s] = x[b, o, ids[b, i], s] it is
 * ∂L/∂x[b, o, v, s] = Σ over i with ids[b, i] = v of ∂L/∂y[b, o, i, s], 0 where no id is v. All batches are one sum by segments: to the
 * ids of batch b is added b · V, V being the size of the axis.
 * @param dy the gradient of y
 * @param x what was gathered from, whose shape the result has
 * @param indices int32, with the shape of the batches first
 */
function scattered(dy: Tensor, x: Tensor, indices: Tensor, { axis, batchDims }: GatherAttributes): Tensor {
  const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
  const { batchSize, outerSize, dimSize, sliceSize } = tf.backend_util.segment_util.collectGatherOpShapeInfo(
    x,
    indices,
    along,
    batchDims,
  );
  const perBatch = indices.size / batchSize;
  const offsets = tf.reshape(tf.range(0, batchSize * dimSize, dimSize, 'int32'), [batchSize, 1]);
  const numbers = tf.reshape(tf.add(tf.reshape(indices, [batchSize, perBatch]), offsets), [-1]) as tf.Tensor1D;
  const rows = tf.transpose(tf.reshape(dy, [batchSize, outerSize, perBatch, sliceSize]), [0, 2, 1, 3]);
  const width = outerSize * sliceSize;
  const sums = tf.unsortedSegmentSum(tf.reshape(rows, [batchSize * perBatch, width]), numbers, batchSize * dimSize);
  const inPlace = tf.transpose(tf.reshape(sums, [batchSize, dimSize, outerSize, sliceSize]), [0, 2, 1, 3]);
  return tf.reshape(inPlace, x.shape);
}

let corrected = false;

/**
 * Replaces tfjs's gradient of `gather` with batch dimensions, which fails for more than one. Without them tfjs's own is kept. Calling
 * it twice does no more than once.
 */
export function correctGatherGradient(): void {
  if (corrected) return;
  corrected = true;
  const { gradFunc, ...config } = tf.getGradient('GatherV2');
  tf.registerGradient({
    ...config,
    gradFunc(dy, saved, attrs) {
      const [x, indices] = saved as [Tensor, Tensor];
      if ((attrs as GatherAttributes).batchDims === 0) return gradFunc(dy, saved, attrs);
      return { x: () => scattered(dy as Tensor, x, indices, attrs as GatherAttributes), indices: () => indices };
    },
  });
}

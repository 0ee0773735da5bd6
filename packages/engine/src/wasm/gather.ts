import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Improvement, type WasmBackend, allocate } from './backend';
import { copyRun } from './rearrangements';

/**
 * Slices of a tensor along an axis by their numbers, copied as runs: out[b, o, i, …] = x[b, o, ids[b, i], …], where `batchDims`
 * leading axes b are common to both and o are those up to `axis`. tfjs's own kernel is wrong with batch dimensions.
 * @throws Error for a number beyond the axis
 */
export const improvedGather: Improvement = (call) => {
  const { x, indices } = call.inputs as { x: TensorInfo; indices: TensorInfo };
  const { axis, batchDims } = call.attrs as unknown as { axis: number; batchDims: number };
  const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
    tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, along, batchDims);
  const ids = (call.backend as WasmBackend).typedArrayFromHeap(indices);
  const stray = ids.find((id) => id < 0 || id >= dimSize);
  if (stray !== undefined) throw new Error(`GatherV2: the index value ${stray} is not in [0, ${dimSize - 1}]`);
  const { out, to, from } = allocate(call.backend as WasmBackend, outputShape, x.dtype, [x, indices]);
  const [values, numbers] = [from[0]!, from[1]!];
  const perBatch = numbers.length / batchSize;
  for (let outer = 0, at = 0; outer < batchSize * outerSize; outer++) {
    const first = Math.floor(outer / outerSize) * perBatch;
    for (let i = 0; i < perBatch; i++, at += sliceSize)
      copyRun(values, (outer * dimSize + numbers[first + i]!) * sliceSize, to, at, sliceSize);
  }
  return out;
};

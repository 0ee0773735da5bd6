import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { type Improvement, type WasmBackend, allocate, sizeOf } from './backend';

/**
 * Sums the rows of x that share a segment: the gradient of `gather`. x [N, …], segment ids [N], out [S, …]; out[s] = Σ over n with
 * ids[n] = s of x[n], and 0 where there is none. Rows of ids outside 0 … S − 1 are left out.
 */
function segmentSum(x: TypedArray, ids: TypedArray, width: number, out: TypedArray): void {
  out.fill(0);
  for (let row = 0; row < ids.length; row++) {
    if (ids[row]! < 0) continue;
    const [from, to] = [row * width, ids[row]! * width];
    for (let i = 0; i < width; i++) out[to + i]! += x[from + i]!;
  }
}

/** The kernel behind `tf.unsortedSegmentSum`, which tfjs's WASM backend lacks. */
export function unsortedSegmentSum({ inputs, attrs, backend }: Parameters<Improvement>[0]): TensorInfo {
  const { x, segmentIds } = inputs as Record<'x' | 'segmentIds', TensorInfo>;
  const shape = x.shape.slice(segmentIds.shape.length);
  const { numSegments } = attrs as unknown as { numSegments: number };
  const { out, to, from } = allocate(backend as WasmBackend, [numSegments, ...shape], x.dtype, [x, segmentIds]);
  segmentSum(from[0]!, from[1]!, sizeOf(shape), to);
  return out;
}

/**
 * Sums over leading axes, the gradient of every bias, row by row; tfjs transposes first. Sums are kept in double precision and rounded
 * to float32 once, so that their error does not grow with the number of rows. Other axes, all axes and integers are left to tfjs.
 */
export const improvedSum: Improvement = (call, original) => {
  const { x } = call.inputs as { x: TensorInfo };
  const { axis, keepDims } = call.attrs as unknown as { axis: number | number[]; keepDims: boolean };
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const [rank, leading] = [x.shape.length, axes.length];
  if (x.dtype !== 'float32' || leading === rank || Math.max(...axes) !== leading - 1) return original(call);
  const kept = x.shape.slice(leading);
  const [rows, width] = [sizeOf(x.shape.slice(0, leading)), sizeOf(kept)];
  const shape = keepDims ? [...axes.map(() => 1), ...kept] : kept;
  const { out, to, from } = allocate(call.backend as WasmBackend, shape, x.dtype, [x]);
  const [values, sums] = [from[0]!, new Float64Array(width)];
  for (let row = 0, at = 0; row < rows; row++) for (let i = 0; i < width; i++, at++) sums[i]! += values[at]!;
  to.set(sums);
  return out;
};

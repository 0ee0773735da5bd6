import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { type Improvement, type WasmBackend, allocate, sizeOf } from './backend';

/** Steps in memory from one index to the next along each axis, the last being 1: [12, 4, 1] of [2, 3, 4]. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/**
 * Calls `visit` with the offset that each index of `shape` has under the given strides, in order.
 * An offset is Σ index · stride. The index counts up as an odometer does, so that most steps are one addition; a stride of 0 stays
 * where it is, which repeats.
 */
function visitOffsets(shape: readonly number[], strides: readonly number[], visit: (offset: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  for (let left = sizeOf(shape), offset = 0; left > 0; left--) {
    visit(offset);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      offset -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/**
 * Copies a run of numbers; for short ones a loop is faster than a view.
 * @param start where the run begins in `from`
 * @param at where it goes in `to`
 */
export function copyRun(from: TypedArray, start: number, to: TypedArray, at: number, length: number): void {
  if (length > 64) to.set(from.subarray(start, start + length), at);
  else for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}

/** tfjs has fast code up to four axes. Of more, the trailing ones that stay in place are copied as runs. */
const FAST_RANK = 4;

/**
 * `Transpose` of more than four axes, by runs: tfjs walks such tensors number by number. Axis i of the result is axis perm[i] of x, and
 * what follows the last axis that moves is copied in one piece.
 */
export const improvedTranspose: Improvement = (call, original) => {
  const { x } = call.inputs as { x: TensorInfo };
  const { perm } = call.attrs as unknown as { perm: number[] };
  if (x.shape.length <= FAST_RANK) return original(call);
  let moved = perm.length;
  while (moved > 0 && perm[moved - 1] === moved - 1) moved--;
  const shape = perm.map((axis) => x.shape[axis]!);
  const run = sizeOf(shape.slice(moved));
  const strides = stridesOf(x.shape);
  const { out, to, from } = allocate(call.backend as WasmBackend, shape, x.dtype, [x]);
  let at = 0;
  visitOffsets(
    shape.slice(0, moved),
    perm.slice(0, moved).map((axis) => strides[axis]!),
    (offset) => {
      copyRun(from[0]!, offset, to, at, run);
      at += run;
    },
  );
  return out;
};

/** Repeats along each axis, y[i] = x[i mod size] for reps · size indices i: the trailing axes that are not repeated are copied as runs. */
export const improvedTile: Improvement = (call) => {
  const { x } = call.inputs as { x: TensorInfo };
  const { reps } = call.attrs as unknown as { reps: number[] };
  let repeated = reps.length;
  while (repeated > 0 && reps[repeated - 1] === 1) repeated--;
  const shape = x.shape.map((size, axis) => size * reps[axis]!);
  const run = sizeOf(x.shape.slice(repeated));
  const strides = stridesOf(x.shape);
  // Each repeated axis counts as two, the outer of which does not move in the input.
  const pairs = x.shape
    .slice(0, repeated)
    .map((size, axis) => ({ size, repeats: reps[axis]!, stride: strides[axis]! }));
  const { out, to, from } = allocate(call.backend as WasmBackend, shape, x.dtype, [x]);
  let at = 0;
  visitOffsets(
    pairs.flatMap(({ size, repeats }) => [repeats, size]),
    pairs.flatMap(({ stride }) => [0, stride]),
    (offset) => {
      copyRun(from[0]!, offset, to, at, run);
      at += run;
    },
  );
  return out;
};

/**
 * Lines tensors up along an axis, in which alone their shapes differ. tfjs makes a view per row, which for short rows costs more than the
 * copying. Other calls, as of tensors of several types, are left to it.
 */
export const improvedConcat: Improvement = (call, original) => {
  const tensors = Object.values(call.inputs as Record<string, TensorInfo>);
  const { axis } = call.attrs as unknown as { axis: number };
  const { shape, dtype } = tensors[0]!;
  if (axis < 0 || tensors.some((tensor) => tensor.dtype !== dtype || tensor.shape.length !== shape.length))
    return original(call);
  const joined = [...shape];
  joined[axis] = tensors.reduce((sum, tensor) => sum + tensor.shape[axis]!, 0);
  const { out, to, from } = allocate(call.backend as WasmBackend, joined, dtype, tensors);
  const runs = tensors.map((tensor) => sizeOf(tensor.shape.slice(axis)));
  const outer = sizeOf(shape.slice(0, axis));
  for (let row = 0, at = 0; row < outer; row++)
    for (const [i, run] of runs.entries()) {
      copyRun(from[i]!, row * run, to, at, run);
      at += run;
    }
  return out;
};

/**
 * Cuts a tensor into pieces along an axis, the inverse of joining them: as many equal ones as a number says, or of the sizes of a list,
 * whose sum is the axis; one of them may be −1, for what is left, though not the first, which tfjs 4.22 counts among the others.
 */
export const improvedSplit: Improvement<TensorInfo[]> = (call) => {
  const { x } = call.inputs as { x: TensorInfo };
  const { numOrSizeSplits, axis } = call.attrs as unknown as { numOrSizeSplits: number | number[]; axis: number };
  const along = axis < 0 ? axis + x.shape.length : axis;
  const sizes = tf.backend_util.prepareSplitSize(x, numOrSizeSplits, along);
  const backend = call.backend as WasmBackend;
  const inner = sizeOf(x.shape.slice(along + 1));
  const row = x.shape[along]! * inner;
  let start = 0;
  return sizes.map((size) => {
    const shape = [...x.shape.slice(0, along), size, ...x.shape.slice(along + 1)];
    const { out, to, from } = allocate(backend, shape, x.dtype, [x]);
    const run = size * inner;
    for (let at = 0, offset = start; at < to.length; at += run, offset += row) copyRun(from[0]!, offset, to, at, run);
    start += run;
    return out;
  });
};

/** The same numbers under another name: tfjs copies them, though a tensor's memory never changes. */
export const aliasingIdentity: Improvement = (call) => {
  const { x } = call.inputs as { x: TensorInfo };
  (call.backend as WasmBackend).incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

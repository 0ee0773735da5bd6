import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { type Improvement, type WasmBackend, allocate, sizeOf } from './backend';

/** Squares of this side stay in the cache while they are turned. */
const BLOCK = 32;

/** Writes the transpose of a matrix [rows, columns]. */
export function transposeMatrix(from: TypedArray, to: TypedArray, rows: number, columns: number): void {
  for (let top = 0; top < rows; top += BLOCK) {
    const bottom = Math.min(rows, top + BLOCK);
    for (let left = 0; left < columns; left += BLOCK) {
      const right = Math.min(columns, left + BLOCK);
      for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) to[j * rows + i] = from[i * columns + j]!;
    }
  }
}

/** One matrix of a tensor of matrices, transposed if asked: the tensor itself where nothing is to be done, else a new one. */
function matrixOf(backend: WasmBackend, tensor: TensorInfo, index: number, transpose: boolean): TensorInfo {
  const [rows, columns] = tensor.shape.slice(-2) as [number, number];
  const size = rows * columns;
  if (!transpose && sizeOf(tensor.shape) === size) return { ...tensor, shape: [1, rows, columns] };
  const shape = transpose ? [columns, rows] : [rows, columns];
  const { out, to, from } = allocate(backend, [1, ...shape], tensor.dtype, [tensor]);
  const part = from[0]!.subarray(index * size, (index + 1) * size);
  if (transpose) transposeMatrix(part, to, rows, columns);
  else to.set(part);
  return out;
}

/** Below this many multiplications per matrix, the plain loop of tfjs beats the cost of calling its fast product. */
const WORTH_A_CALL = 1 << 17;

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/**
 * Products of matrices: tfjs's WASM backend is fast (XNNPACK) for single matrices that are not to be transposed, and some
 * ten times slower for all others, which are half of every backward pass. So matrices are transposed first, and those of
 * a batch multiplied one by one where they are large.
 */
export const improvedProduct: Improvement = (call, original) => {
  const { inputs, attrs } = call;
  const backend = call.backend as WasmBackend;
  const { a, b, bias, preluActivationWeights } = inputs as Record<string, TensorInfo>;
  const { transposeA = false, transposeB = false } = attrs as { transposeA?: boolean; transposeB?: boolean };
  const batch = a!.shape.slice(0, -2);
  const count = sizeOf(batch);
  const [rows, inner] = (transposeA ? a!.shape.slice(-2).reverse() : a!.shape.slice(-2)) as [number, number];
  const columns = b!.shape.at(transposeB ? -2 : -1)!;
  const plain = count === 1 && !transposeA && !transposeB;
  const fused = Boolean(bias ?? preluActivationWeights ?? (attrs as { activation?: string })?.activation);
  if (plain || (fused && count > 1) || !equal(batch, b!.shape.slice(0, -2)) || rows * inner * columns < WORTH_A_CALL)
    return original(call);
  const product = (index: number): TensorInfo => {
    const [first, second] = [matrixOf(backend, a!, index, transposeA), matrixOf(backend, b!, index, transposeB)];
    const result = original({
      ...call,
      inputs: { ...inputs, a: first, b: second },
      attrs: { ...attrs, transposeA: false, transposeB: false },
    });
    if (first.dataId !== a!.dataId) backend.disposeData(first.dataId);
    if (second.dataId !== b!.dataId) backend.disposeData(second.dataId);
    return result;
  };
  if (count === 1) return { ...product(0), shape: [...batch, rows, columns] };
  const all = backend.makeOutput([...batch, rows, columns], 'float32');
  for (let i = 0; i < count; i++) {
    const one = product(i);
    backend.typedArrayFromHeap(all).set(backend.typedArrayFromHeap(one), i * rows * columns);
    backend.disposeData(one.dataId);
  }
  return all;
};

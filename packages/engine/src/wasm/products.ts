import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Call, type Improvement, type WasmBackend, allocate, sizeOf } from './backend';
import { onCpu } from './on-cpu';
import { keptTranspose, transposeMatrix } from './transposes';

/**
 * One matrix of a tensor of matrices, transposed if asked: the tensor itself where nothing is to be done, else a new one, which the
 * caller frees. Its shape is [1, rows, columns] as it is multiplied.
 * @param tensor [batch…, rows, columns], float32
 * @param index which matrix, counted through all batches
 */
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

/** Shapes in which matrices were the second of a product. */
const shapes = new WeakMap<object, string>();

/**
 * The second matrix under a number of its own, if it was multiplied with in another shape before: tfjs keeps XNNPACK's operator
 * by the matrix's number alone, and would use that of the old shape.
 */
function unlessReshaped(backend: WasmBackend, matrix: TensorInfo): TensorInfo {
  const [rows, columns] = matrix.shape.slice(-2) as [number, number];
  const shape = `${rows} × ${columns}`;
  const before = shapes.get(matrix.dataId);
  if (before === undefined) shapes.set(matrix.dataId, shape);
  if (before === undefined || before === shape || sizeOf(matrix.shape) !== rows * columns) return matrix;
  const { out, to, from } = allocate(backend, matrix.shape, matrix.dtype, [matrix]);
  to.set(from[0]!);
  return out;
}

/**
 * Below this many multiplications per matrix, rows · inner · columns, the plain loop of tfjs beats the cost of calling its fast product
 * and of turning the matrix before.
 */
const WORTH_A_CALL = 1 << 17;

/** Whether a tensor is one matrix, not a batch of several. */
const isMatrix = ({ shape }: TensorInfo): boolean => sizeOf(shape.slice(0, -2)) === 1;

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

const isFused = ({ inputs, attrs }: Call): boolean => {
  const { bias, preluActivationWeights } = inputs as Record<string, TensorInfo>;
  const { activation = 'linear' } = attrs as { activation?: string };
  return Boolean(bias ?? preluActivationWeights) || activation !== 'linear';
};

/**
 * One pair of matrices of two batches, by tfjs's fast kernel: [1, rows, columns], with the bias and activation of the call. A matrix
 * that is kept has no bias: tfjs packs it once for each bias that it meets.
 */
function productOf(call: Call, original: (call: Call) => TensorInfo, index: number): TensorInfo {
  const backend = call.backend as WasmBackend;
  const { a, b } = call.inputs as Record<string, TensorInfo>;
  const { transposeA = false, transposeB = false } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
  const first = matrixOf(backend, a!, index, transposeA);
  const kept = transposeB && isMatrix(b!) && !isFused(call) ? keptTranspose(backend, b!) : undefined;
  const second = kept ?? matrixOf(backend, b!, index, transposeB);
  const result = original({
    ...call,
    inputs: { ...call.inputs, a: first, b: second },
    attrs: { ...call.attrs, transposeA: false, transposeB: false },
  });
  if (first.dataId !== a!.dataId) backend.disposeData(first.dataId);
  if (second !== kept && second.dataId !== b!.dataId) backend.disposeData(second.dataId);
  return result;
}

/**
 * A product of floats, not empty, whose second matrix tfjs knows in this shape or not at all:
 * c[…, i, j] = activation(Σ_k a[…, i, k] b[…, k, j] + bias[j]). Batches that differ, where one is repeated along the other, are left to
 * tfjs, and with a bias to plain JavaScript.
 */
function product(kernelName: string, call: Call, original: (call: Call) => TensorInfo): TensorInfo {
  const { a, b } = call.inputs as Record<string, TensorInfo>;
  const { transposeA = false, transposeB = false } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
  const batch = a!.shape.slice(0, -2);
  const count = sizeOf(batch);
  const [rows, inner] = (transposeA ? a!.shape.slice(-2).reverse() : a!.shape.slice(-2)) as [number, number];
  const columns = b!.shape.at(transposeB ? -2 : -1)!;
  const [plain, fused] = [count === 1 && !transposeA && !transposeB, isFused(call)];
  if (!equal(batch, b!.shape.slice(0, -2))) return fused ? (onCpu(kernelName, call) as TensorInfo) : original(call);
  if (plain || (!fused && rows * inner * columns < WORTH_A_CALL)) return original(call);
  if (count === 1) return { ...productOf(call, original, 0), shape: [...batch, rows, columns] };
  const backend = call.backend as WasmBackend;
  const all = backend.makeOutput([...batch, rows, columns], 'float32');
  for (let i = 0; i < count; i++) {
    const one = productOf(call, original, i);
    backend.typedArrayFromHeap(all).set(backend.typedArrayFromHeap(one), i * rows * columns);
    backend.disposeData(one.dataId);
  }
  return all;
}

/**
 * Products of matrices: tfjs's WASM backend is fast (XNNPACK) for single matrices that are not to be transposed, and some
 * ten times slower for all others, which are half of every backward pass. So matrices are transposed first, and those of
 * a batch multiplied one by one, where they are large or a bias is added, which tfjs does wrongly for those others. Transposes of
 * single second matrices are kept, since these are weights that the next call multiplies with again.
 * Integers and products of nothing are left to plain JavaScript.
 */
export const improvedProduct =
  (kernelName: string): Improvement =>
  (call, original) => {
    const backend = call.backend as WasmBackend;
    const { a, b } = call.inputs as Record<string, TensorInfo>;
    if ([a!, b!].some(({ dtype, shape }) => dtype !== 'float32' || sizeOf(shape) === 0))
      return onCpu(kernelName, call) as TensorInfo;
    const second = unlessReshaped(backend, b!);
    const result = product(kernelName, { ...call, inputs: { ...call.inputs, b: second } }, original);
    if (second.dataId !== b!.dataId) backend.disposeData(second.dataId);
    return result;
  };

import type { DataId, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { type WasmBackend, allocate, sizeOf } from './backend';

/** Squares of this side stay in the cache while they are turned. */
const BLOCK = 32;

/** Writes the transpose of a matrix [rows, columns], to[j · rows + i] = from[i · columns + j], in squares that fit the cache. */
export function transposeMatrix(from: TypedArray, to: TypedArray, rows: number, columns: number): void {
  for (let top = 0; top < rows; top += BLOCK) {
    const bottom = Math.min(rows, top + BLOCK);
    for (let left = 0; left < columns; left += BLOCK) {
      const right = Math.min(columns, left + BLOCK);
      for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) to[j * rows + i] = from[i * columns + j]!;
    }
  }
}

/** Most numbers of all transposes that are kept, 64 MiB; XNNPACK keeps as many again, packed. */
export const MOST_KEPT = 2 ** 24;

/** The transposes that a backend keeps, by the matrices that they are of. */
interface Kept {
  readonly of: WeakMap<DataId, TensorInfo>;
  /** Of all of them. */
  numbers: number;
}

const all = new WeakMap<WasmBackend, Kept>();

/** What a backend keeps: nothing at first, and a transpose for as long as its matrix is there. */
function keptBy(backend: WasmBackend): Kept {
  const known = all.get(backend);
  if (known) return known;
  const kept: Kept = { of: new WeakMap(), numbers: 0 };
  all.set(backend, kept);
  const dispose = backend.disposeData.bind(backend);
  backend.disposeData = (dataId, force) => {
    const isGone = dispose(dataId, force);
    const transpose = isGone ? kept.of.get(dataId) : undefined;
    if (transpose) {
      kept.of.delete(dataId);
      kept.numbers -= sizeOf(transpose.shape);
      dispose(transpose.dataId);
    }
    return isGone;
  };
  return kept;
}

/**
 * The transpose of a matrix, which is kept until the matrix is freed; undefined where too much is kept already.
 * XNNPACK packs the second matrix of a product once for as long as it is there: weights that many calls multiply with are turned and
 * packed once. No number of a tensor ever changes, so that none is out of date: new weights are another tensor.
 * @param matrix [rows, columns], behind any axes of size 1; always in the same shape
 * @returns [1, columns, rows]; not to be freed
 */
export function keptTranspose(backend: WasmBackend, matrix: TensorInfo): TensorInfo | undefined {
  const [rows, columns] = matrix.shape.slice(-2) as [number, number];
  const kept = keptBy(backend);
  const known = kept.of.get(matrix.dataId);
  if (known) return known;
  if (kept.numbers + rows * columns > MOST_KEPT) return undefined;
  const { out, to, from } = allocate(backend, [1, columns, rows], matrix.dtype, [matrix]);
  transposeMatrix(from[0]!, to, rows, columns);
  kept.of.set(matrix.dataId, out);
  kept.numbers += rows * columns;
  return out;
}

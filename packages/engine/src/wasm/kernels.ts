import * as tf from '@tensorflow/tfjs';
import type { KernelBackend, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';

/** What these kernels use of tfjs's WASM backend. */
interface WasmBackend extends KernelBackend {
  makeOutput(shape: number[], dtype: string): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): TypedArray;
}

/** Sums the rows of x that share a segment: the gradient of `gather`. x [N, …], segment ids [N], out [S, …]. */
function segmentSum(x: TypedArray, ids: TypedArray, width: number, out: TypedArray): void {
  out.fill(0);
  for (let row = 0; row < ids.length; row++) {
    if (ids[row]! < 0) continue;
    const [from, to] = [row * width, ids[row]! * width];
    for (let i = 0; i < width; i++) out[to + i]! += x[from + i]!;
  }
}

let registered = false;

/** Registers the kernels that training needs and tfjs's WASM backend lacks, reading and writing WASM memory directly. */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc({ inputs, attrs, backend }) {
      const wasm = backend as WasmBackend;
      const { x, segmentIds } = inputs as Record<'x' | 'segmentIds', TensorInfo>;
      const shape = x.shape.slice(segmentIds.shape.length);
      const out = wasm.makeOutput([(attrs as { numSegments?: number }).numSegments!, ...shape], x.dtype);
      const [values, ids, sums] = [x, segmentIds, out].map((tensor) => wasm.typedArrayFromHeap(tensor)) as [
        TypedArray,
        TypedArray,
        TypedArray,
      ];
      segmentSum(
        values,
        ids,
        shape.reduce((a, b) => a * b, 1),
        sums,
      );
      return out;
    },
  });
}

import * as tf from '@tensorflow/tfjs-core';
import type { DataId, DataType, KernelBackend, KernelFunc, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import type { WasmModule } from './memory';

/** What our kernels use of tfjs's WASM backend. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: WasmModule;
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): TypedArray;
  incRef(dataId: DataId): void;
  disposeData(dataId: DataId, force?: boolean): boolean;
}

/** Inputs, attributes and backend of a kernel's call. */
export type Call = Parameters<KernelFunc>[0];

/**
 * A kernel that handles some calls better than tfjs's own, and passes the others on to it. It gives new tensors, or a known one with
 * one more reference; of what it is given it frees nothing.
 */
export type Improvement<Result = TensorInfo> = (call: Call, original: (call: Call) => Result) => Result;

/** Number of elements of a shape: 1 of [], that of a scalar, and 0 where an axis is empty. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * A new tensor, and views of WASM memory of it and the given ones. The views are taken last: making a tensor may move the
 * memory. They hold until the next one is made.
 */
export function allocate<N extends number>(
  backend: WasmBackend,
  shape: readonly number[],
  dtype: DataType,
  inputs: readonly TensorInfo[] & { length: N },
): { out: TensorInfo; to: TypedArray; from: TypedArray[] & { length: N } } {
  const out = backend.makeOutput([...shape], dtype);
  const from = inputs.map((input) => backend.typedArrayFromHeap(input)) as TypedArray[] & { length: N };
  return { out, to: backend.typedArrayFromHeap(out), from };
}

/**
 * Puts an improvement in front of one of tfjs's kernels. Several may stand in front of one another: the last is asked first.
 * @throws Error if the WASM backend has no kernel of that name
 */
export function improve<Result extends TensorInfo | TensorInfo[]>(
  kernelName: string,
  improvement: Improvement<Result>,
): void {
  const config = tf.getKernel(kernelName, 'wasm');
  const original = config.kernelFunc as (call: Call) => Result;
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ ...config, kernelFunc: (call) => improvement(call, original) });
}

import type { Graph } from './graph';

/** TensorFlow's data types (tensorflow/c/tf_datatype.h) and the attribute kinds of tfjs-node's binding. */
export const TYPES = {
  TF_FLOAT: 1,
  TF_INT32: 3,
  TF_UINT8: 4,
  TF_STRING: 7,
  TF_COMPLEX64: 8,
  TF_INT64: 9,
  TF_BOOL: 10,
  TF_BFLOAT16: 14,
  TF_RESOURCE: 20,
  TF_ATTR_STRING: 0,
  TF_ATTR_INT: 1,
  TF_ATTR_FLOAT: 2,
  TF_ATTR_BOOL: 3,
  TF_ATTR_TYPE: 4,
  TF_ATTR_SHAPE: 5,
} as const;

/** An attribute of an op, as tfjs-node's kernels give it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the binding knows of a tensor: its number, `TYPES` data type and shape. */
export interface TensorMetadata {
  readonly id: number;
  readonly dtype: number;
  readonly shape: number[];
}

/** Host memory of a tensor. */
export type HostValues = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** The part of tfjs-node's addon that its kernels call for numeric tensors, and what compiling needs beyond. */
export interface Binding {
  isUsingGpuDevice(): boolean;
  getNumOfTensors(): number;
  createTensor(shape: number[], dtype: number, values: HostValues): number;
  deleteTensor(id: number): void;
  /** What is known of a tensor without reading it. */
  describe(id: number): TensorMetadata;
  tensorDataSync(id: number): HostValues;
  /** The same while this thread goes on; the tensor may be deleted meanwhile. */
  tensorData(id: number): Promise<HostValues>;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMetadata[];
  /** Starts a function of the context, whose results are yet to come; an error comes to light when they are read. */
  executeFunction(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    results: readonly Omit<TensorMetadata, 'id'>[],
  ): TensorMetadata[];
  /** An empty graph, to record a function in; its constants are given by the numbers of tensors. */
  openGraph(): Graph;
  removeFunction(name: string): void;
}

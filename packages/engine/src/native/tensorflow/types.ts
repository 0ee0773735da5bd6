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

/** A value in a graph: which output of which of its operations, with data type and shape. */
export interface Value {
  /** TF_Output as the C API takes it. */
  readonly source: { readonly operation: number; readonly index: number };
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** A function of the context, as other graphs refer to it. Lives as long as the process. */
export interface Kernel {
  readonly name: string;
  /** TF_Function. */
  readonly handle: number;
  /** Its results, whose shapes TensorFlow does not infer for calls. */
  readonly results: readonly Pick<Value, 'dtype' | 'shape'>[];
}

/** A graph that grows op by op and becomes a function. Nothing is computed in it: TensorFlow infers shapes only. */
export interface Graph {
  /** An argument of the function. */
  argument(dtype: number, shape: readonly number[]): Value;
  /** A constant with the content of a tensor. @param id its number */
  constant(id: number): Value;
  /**
   * An operation as eager execution would run it.
   * @throws InputError for one whose result has a shape that depends on data
   */
  operation(name: string, attributes: readonly OpAttribute[], inputs: readonly Value[]): Value[];
  /** Registers the graph as a function that eager execution calls by name. */
  register(name: string, inputs: readonly Value[], outputs: readonly Value[]): void;
  /** Registers the graph as a function that other graphs call. */
  registerKernel(name: string, inputs: readonly Value[], outputs: readonly Value[]): Kernel;
  /** The call of such a function, which XLA compiles. */
  call(kernel: Kernel, inputs: readonly Value[]): Value[];
  dispose(): void;
}

/** Memory of a tensor. */
export interface Place {
  readonly address: number;
  readonly bytes: number;
}

/** Where some tensors lie, in their order. */
export interface LocatedTensors {
  readonly places: readonly Place[];
  release(): void;
}

/** Tensors of a context by number. */
export interface TensorTable {
  getNumOfTensors(): number;
  createTensor(shape: number[], dtype: number, values: HostValues): number;
  deleteTensor(id: number): void;
  /** What is known of a tensor without reading it. */
  describe(id: number): TensorMetadata;
  tensorDataSync(id: number): HostValues;
  /** The same while this thread goes on; the tensor may be deleted meanwhile. */
  tensorData(id: number): Promise<HostValues>;
  /** Where tensors in this process's memory lie, once they are computed; they are not freed until they are released. */
  locate(ids: readonly number[]): Promise<LocatedTensors>;
  /** Where tensors lie on the device that holds them, once they are computed and the device has nothing left to do. */
  locateOnDevice(ids: readonly number[]): Promise<readonly Place[]>;
}

/** Running ops and functions of a context on its tensors. */
export interface Execution {
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
}

/** The part of tfjs-node's addon that its kernels call for numeric tensors, and what compiling needs beyond. */
export interface Binding extends TensorTable, Execution {
  isUsingGpuDevice(): boolean;
  /** An empty graph, to record a function in. */
  openGraph(): Graph;
  removeFunction(name: string): void;
}

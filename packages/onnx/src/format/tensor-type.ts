/** Types of tensors by their numbers in an ONNX file. Source: onnx.proto, `TensorProto.DataType`. */
export const TENSOR_TYPE = { float: 1, int8: 3, int32: 6, int64: 7, float16: 10, int4: 22 } as const;

/** A type of tensors that the graphs of this package hold. */
export type TensorType = keyof typeof TENSOR_TYPE;

/** Bits of a number of a type. */
const BITS: Readonly<Record<TensorType, number>> = { float: 32, int8: 8, int32: 32, int64: 64, float16: 16, int4: 4 };

/** Bytes of a tensor; two numbers of four bits share one. */
export const bytesOf = (type: TensorType, dims: readonly number[]): number =>
  Math.ceil((dims.reduce((size, dim) => size * dim, 1) * BITS[type]) / 8);

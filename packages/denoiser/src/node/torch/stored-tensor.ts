import type { SafetensorsDtype, TensorLayout } from '../../safetensors/format';
import { PickledName, PickledReference, type PickleValue, callOf } from './pickle-values';

/** A tensor in a checkpoint: a view of some of the numbers of a storage. */
export interface StoredTensor extends TensorLayout {
  /** Name of the storage, `data/NAME` in the archive. */
  readonly storage: string;
  /** Numbers of the storage, and the first of the tensor among them. */
  readonly numbers: number;
  readonly offset: number;
  /** Numbers from one entry to the next, along each dimension. */
  readonly strides: readonly number[];
}

/** Types by the names of storages, and by those of tensors that have no storage of their own. */
const STORAGES: Readonly<Record<string, SafetensorsDtype>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  ComplexFloatStorage: 'C64',
};

const DTYPES: Readonly<Record<string, SafetensorsDtype>> = {
  float32: 'F32',
  float64: 'F64',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
  float8_e4m3fn: 'F8_E4M3',
  float8_e4m3fnuz: 'F8_E4M3FNUZ',
  float8_e5m2: 'F8_E5M2',
  float8_e5m2fnuz: 'F8_E5M2FNUZ',
  float8_e8m0fnu: 'F8_E8M0',
};

const isCount = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: PickleValue | undefined): value is number[] => Array.isArray(value) && value.every(isCount);

/** What a persistent reference of torch.save means; undefined for others. */
function storageOf(value: PickleValue | undefined) {
  const [kind, type, name, , numbers] = value instanceof PickledReference && Array.isArray(value.id) ? value.id : [];
  if (kind !== 'storage' || !(type instanceof PickledName) || typeof name !== 'string' || !isCount(numbers))
    return undefined;
  return { name, numbers, dtype: Object.hasOwn(STORAGES, type.name) ? STORAGES[type.name] : undefined };
}

/** A type of torch by its name. */
const dtypeOf = (value: PickleValue | undefined): SafetensorsDtype | undefined =>
  value instanceof PickledName && value.module === 'torch' && Object.hasOwn(DTYPES, value.name)
    ? DTYPES[value.name]
    : undefined;

/**
 * A tensor of a checkpoint; undefined for any other value, and for tensors of types that safetensors has not.
 * Source: PyTorch, `torch/_utils.py`, `_rebuild_tensor_v2`, `_rebuild_tensor_v3` and `_rebuild_parameter`.
 */
export function storedTensor(value: PickleValue | undefined): StoredTensor | undefined {
  const parameter = callOf(value, 'torch._utils._rebuild_parameter', 'torch._utils._rebuild_parameter_with_state');
  // A parameter is a tensor and whether it is trained; none is a parameter of a parameter.
  const inner = parameter ? parameter[0] : value;
  const args = callOf(inner, 'torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_tensor_v3');
  if (!args) return undefined;
  const [reference, offset, shape, strides, , , given] = args;
  const storage = storageOf(reference);
  const dtype = storage?.dtype ?? dtypeOf(given);
  if (
    !storage ||
    !dtype ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length
  )
    return undefined;
  return { dtype, shape, storage: storage.name, numbers: storage.numbers, offset, strides };
}

const productOf = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Whether entries stand side by side in their order, as those of almost all tensors. */
export function isContiguous({ shape, strides }: StoredTensor): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i]! !== 1 && strides[i] !== step) return false;
    step *= shape[i]!;
  }
  return true;
}

/** Numbers from the first to the last of a tensor, both counted; 0 where it has none. */
export const spanOf = ({ shape, strides }: StoredTensor): number =>
  productOf(shape) ? shape.reduce((sum, size, i) => sum + (size - 1) * strides[i]!, 1) : 0;

/**
 * The entries of a tensor in row-major order.
 * @param bytes its span of the storage
 * @param width bytes of a number
 */
export function gathered({ shape, strides }: StoredTensor, bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(productOf(shape) * width);
  const at = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to += width) {
    for (let i = 0; i < width; i++) out[to + i] = bytes[from * width + i]!;
    for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
      from += strides[dimension]!;
      if (++at[dimension]! < shape[dimension]!) break;
      from -= strides[dimension]! * shape[dimension]!;
      at[dimension] = 0;
    }
  }
  return out;
}

/**
 * Bits per element of each data type of the format, in the order in which the Python library lays types out. Those of floating
 * point from F16 to F64 can be weights; the others are read as bytes.
 * Source: safetensors 0.8.
 */
export const DTYPE_BITS = {
  U64: 64,
  I64: 64,
  F64: 64,
  C64: 64,
  F32: 32,
  U32: 32,
  I32: 32,
  BF16: 16,
  F16: 16,
  U16: 16,
  I16: 16,
  F8_E5M2FNUZ: 8,
  F8_E4M3FNUZ: 8,
  F8_E8M0: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  I8: 8,
  U8: 8,
  F6_E3M2: 6,
  F6_E2M3: 6,
  F4: 4,
  BOOL: 8,
} as const;

/** A data type of the format. */
export type SafetensorsDtype = keyof typeof DTYPE_BITS;

/** What a file's header says of a tensor's numbers. */
export interface TensorLayout {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
}

/** A tensor of a file: its bytes are little-endian and row-major. */
export interface SafetensorsEntry extends TensorLayout {
  readonly bytes: Uint8Array;
}

/** The content of a file. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, SafetensorsEntry>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where a tensor lies: bytes `from` … `to` − 1 of its file. */
export interface TensorPlace extends TensorLayout {
  readonly from: number;
  readonly to: number;
}

/** What stands before the data of a file. */
export interface SafetensorsHeader {
  readonly tensors: Readonly<Record<string, TensorPlace>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Longest header that readers of the format accept. */
export const MAX_HEADER = 100_000_000;

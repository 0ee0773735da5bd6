/** Bytes per element of each data type of the format, in the order in which the Python library lays types out. */
export const DTYPE_SIZES = {
  U64: 8,
  I64: 8,
  F64: 8,
  F32: 4,
  U32: 4,
  I32: 4,
  BF16: 2,
  F16: 2,
  U16: 2,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** A data type of the format. */
export type SafetensorsDtype = keyof typeof DTYPE_SIZES;

/** A tensor of a file: its bytes are little-endian and row-major. */
export interface SafetensorsEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The content of a file. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, SafetensorsEntry>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Longest header that readers of the format accept. */
export const MAX_HEADER = 100_000_000;

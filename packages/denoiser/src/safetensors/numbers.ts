import { InputError } from '@idlm/core-diffusion';
import type { SafetensorsDtype, SafetensorsEntry } from './format';
import { type WeightDtype, narrowed } from './narrow';

/** A float16 as a number. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(words: Uint16Array): Float32Array {
  const bits = new Uint32Array(words.length);
  // A plain loop: `from` with a function takes fifty times as long, which is a minute for 170 million weights.
  for (let i = 0; i < words.length; i++) bits[i] = words[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** All float16 values by their bits, made at first use. */
let halves: Float32Array | undefined;

function fromFloat16(words: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 0x10000 }, (_, bits) => half(bits));
  const values = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) values[i] = halves[words[i]!]!;
  return values;
}

/** The bytes in a buffer of their own, aligned for any typed array: the same one where they fill it. */
const aligned = (bytes: Uint8Array): ArrayBuffer =>
  bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    ? bytes.buffer
    : new Uint8Array(bytes).buffer;

/** Types of floating point that become float32, by name. */
const WIDENED: Readonly<Partial<Record<SafetensorsDtype, (bytes: ArrayBuffer) => Float32Array>>> = {
  F32: (bytes) => new Float32Array(bytes),
  F64: (bytes) => new Float32Array(new Float64Array(bytes)),
  F16: (bytes) => fromFloat16(new Uint16Array(bytes)),
  BF16: (bytes) => fromBfloat16(new Uint16Array(bytes)),
};

/**
 * The entry's numbers as float32; its bytes are used where they stand in a buffer of their own.
 * @param what the tensor in messages
 * @throws InputError for types other than F64, F32, F16 and BF16: weights are floating point
 */
export function toFloat32({ dtype, bytes }: SafetensorsEntry, what = 'This tensor'): Float32Array {
  const widen = WIDENED[dtype];
  if (widen) return widen(aligned(bytes));
  throw new InputError(
    `${what} is of type ${dtype}, which is not read as weights; convert it to ${Object.keys(WIDENED).join(', ')}.`,
  );
}

/** Place of the first number that is NaN or infinite; −1 where there is none. */
export function firstNonFinite(values: Float32Array): number {
  // Times zero, all but those are ±0: one sum tells of 170 million weights in a fifth of a second, and whence is asked of few.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/**
 * float32 numbers as an entry.
 * @param dtype the type that they are rounded to
 * @param what the tensor in messages
 * @throws InputError for a finite number that is too large for the type
 */
export const fromFloat32 = (
  values: Float32Array,
  shape: readonly number[],
  dtype: WeightDtype = 'F32',
  what?: string,
): SafetensorsEntry => ({ dtype, shape, bytes: narrowed(values, dtype, what) });

import { InputError } from '@idlm/core-diffusion';
import type { SafetensorsEntry } from './format';

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

/** The bytes of an entry in a buffer of their own, aligned for any typed array. */
const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/**
 * The entry's numbers as float32.
 * @throws InputError for integer types: weights are floating point
 */
export function toFloat32({ dtype, bytes }: SafetensorsEntry): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned(bytes));
    case 'F64':
      return new Float32Array(new Float64Array(aligned(bytes)));
    case 'F16':
      return fromFloat16(new Uint16Array(aligned(bytes)));
    case 'BF16':
      return fromBfloat16(new Uint16Array(aligned(bytes)));
    default:
      throw new InputError(`Weights are floating-point numbers; a tensor of type ${dtype} was given.`);
  }
}

/** float32 numbers as an entry. */
export const fromFloat32 = (values: Float32Array, shape: readonly number[]): SafetensorsEntry => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

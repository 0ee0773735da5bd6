import { InputError } from '@idlm/core-diffusion';

/** Types that weights are saved as: float32, or one of the two of 16 bits. */
export const WEIGHT_DTYPES = ['F32', 'BF16', 'F16'] as const;

/** A type that weights are saved as. */
export type WeightDtype = (typeof WEIGHT_DTYPES)[number];

/** The upper half of a float32, rounded to the nearest, ties to even. */
function bfloat16(bits: number): number {
  // A NaN stays one, and quiet: rounding could make it infinite.
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Multiples of 2^-24, the smallest float16, in a number below 2^-14: rounded to the nearest, ties to even. */
function subnormal(value: number): number {
  const scaled = Math.abs(value) * 2 ** 24;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  return below + Number(rest > 0.5 || (rest === 0.5 && below % 2 === 1));
}

/** A float32 as float16, rounded to the nearest, ties to even. @param bits those of `value` */
function float16(value: number, bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  // From the middle between the largest float16, 65504, and the next power of two on.
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size < 0x38800000) return sign | subnormal(value);
  const biased = size - 0x38000000;
  return sign | ((biased + 0xfff + ((biased >>> 13) & 1)) >>> 13);
}

/** Whether a number of 16 bits is infinite. */
const INFINITE: Readonly<Record<Exclude<WeightDtype, 'F32'>, (word: number) => boolean>> = {
  BF16: (word) => (word & 0x7fff) === 0x7f80,
  F16: (word) => (word & 0x7fff) === 0x7c00,
};

/**
 * float32 numbers in the bytes of a type, rounded to the nearest, ties to even; those of float32 are the same bytes.
 * @param what the tensor in messages
 * @throws InputError for a finite number that is too large for the type
 */
export function narrowed(values: Float32Array, dtype: WeightDtype, what = 'This tensor'): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const words = new Uint16Array(values.length);
  const isInfinite = INFINITE[dtype];
  for (let i = 0; i < words.length; i++) {
    const word = dtype === 'BF16' ? bfloat16(bits[i]!) : float16(values[i]!, bits[i]!);
    if (isInfinite(word) && Number.isFinite(values[i]!))
      throw new InputError(
        `${what} holds ${values[i]} (number ${i}), which is too large for ${dtype}; save it as ${dtype === 'F16' ? 'BF16 or F32' : 'F32'}.`,
      );
    words[i] = word;
  }
  return new Uint8Array(words.buffer);
}

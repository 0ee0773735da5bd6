/** The same numbers as bits. */
const bitsOf = ({ buffer, byteOffset, length }: Float32Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, length);

/**
 * Numbers rounded to bfloat16, to the nearest, ties to even; what is not a number stays so.
 * @param out as many as there are numbers
 */
export function toBfloat16(values: Float32Array, out: Uint16Array): void {
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) {
    const one = bits[i]!;
    const isNaN = (one & 0x7fffffff) > 0x7f800000;
    out[i] = isNaN ? (one >>> 16) | 0x40 : (one + 0x7fff + ((one >>> 16) & 1)) >>> 16;
  }
}

/** bfloat16 numbers as float32, which has all of them. @param out as many */
export function fromBfloat16(values: Uint16Array, out: Float32Array): void {
  const bits = bitsOf(out);
  for (let i = 0; i < bits.length; i++) bits[i] = values[i]! << 16;
}

/** Adds bfloat16 numbers to float32 ones. */
export function addBfloat16(sum: Float32Array, values: Uint16Array): void {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  for (let i = 0; i < sum.length; i++) {
    bits[0] = values[i]! << 16;
    sum[i]! += value[0]!;
  }
}

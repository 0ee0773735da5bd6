import fc from 'fast-check';
import { addBfloat16, fromBfloat16, toBfloat16 } from './bfloat16';

/** Numbers rounded to bfloat16 and back. */
function rounded(values: Float32Array): Float32Array {
  const [out, back] = [new Uint16Array(values.length), new Float32Array(values.length)];
  toBfloat16(values, out);
  fromBfloat16(out, back);
  return back;
}

describe('bfloat16', () => {
  it('is the nearest number of 8 bits, ties to even', () => {
    // Between 1 and 2 such numbers lie 2⁻⁷ apart.
    const step = 2 ** -7;
    const values = Float32Array.of(1, 1 + 0.4 * step, 1 + 0.5 * step, 1 + 0.6 * step, 1 + 1.5 * step, -1 - 0.6 * step);
    expect([...rounded(values)]).toEqual([1, 1, 1, 1 + step, 1 + 2 * step, -1 - step]);
  });

  it('keeps what is no number, the infinities, zeros and the smallest', () => {
    const quiet = new Float32Array(Uint32Array.of(0x7f800001).buffer)[0]!;
    expect([...rounded(Float32Array.of(NaN, quiet, Infinity, -Infinity, 0, -0))]).toEqual([
      ...[NaN, NaN, Infinity, -Infinity, 0, -0],
    ]);
    // The largest float32 is above the largest bfloat16, and nearer to infinity.
    expect([...rounded(Float32Array.of(3.4028234e38))]).toEqual([Infinity]);
  });

  it('is off by at most half a step', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) }), (value) => {
        const [found] = rounded(Float32Array.of(value));
        expect(Math.abs(found! - value)).toBeLessThanOrEqual(2 ** -8 * Math.abs(value) + 2 ** -133);
      }),
    );
  });

  it('is added in float32', () => {
    const out = new Uint16Array(2);
    toBfloat16(Float32Array.of(256, -3), out);
    const sum = Float32Array.of(1, 2);
    addBfloat16(sum, out);
    // 257 has nine bits.
    expect([...sum]).toEqual([257, -1]);
  });
});

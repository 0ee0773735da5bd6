import fc from 'fast-check';
import { type Rounding, roundedWeights, scalesOf } from './rounding';

/** What the rounded weights stand for, [out, in]. */
function dequantised(rounded: Uint8Array, scales: Float32Array, outputs: number, inputs: number, rounding: Rounding) {
  const values = new Float32Array(outputs * inputs);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) {
      const at = i * outputs + o;
      const isHalf = rounding.bits === 4;
      const bits = isHalf ? ((rounded[at >> 1]! >> (4 * (at & 1))) & 15) << 28 : rounded[at]! << 24;
      values[o * inputs + i] = (bits >> (isHalf ? 28 : 24)) * scales[Math.floor(i / rounding.group) * outputs + o]!;
    }
  return values;
}

const weights = fc.integer({ min: 1, max: 5 }).chain((outputs) =>
  fc.integer({ min: 1, max: 70 }).chain((inputs) =>
    fc.record({
      outputs: fc.constant(outputs),
      inputs: fc.constant(inputs),
      values: fc.float32Array({
        ...{ minLength: outputs * inputs, maxLength: outputs * inputs, min: -8, max: 8, noNaN: true },
      }),
    }),
  ),
);

describe.each([
  ['8 bits in blocks', { bits: 8, group: 32 }],
  ['8 bits by output channel', { bits: 8, group: 1000 }],
  ['7 bits by output channel', { bits: 7, group: 1000 }],
  ['4 bits in blocks', { bits: 4, group: 32 }],
] as const)('weights of %s', (_, rounding) => {
  it('are at most half a step from what they were, a whole one at the end of the range of 4 bits', () => {
    fc.assert(
      fc.property(weights, (layer) => {
        const [scales, { outputs, inputs }] = [scalesOf(layer, rounding), layer];
        const found = dequantised(roundedWeights(layer, rounding), scales, outputs, inputs, rounding);
        found.forEach((value, at) => {
          const scale = Math.abs(
            scales[Math.floor((at % inputs) / rounding.group) * outputs + Math.floor(at / inputs)]!,
          );
          const most = rounding.bits === 4 ? 1 : 0.5;
          expect(Math.abs(value - layer.values[at]!)).toBeLessThanOrEqual(most * scale * 1.001);
        });
      }),
    );
  });

  it('keep zeros', () => {
    const layer = { outputs: 2, inputs: 3, values: new Float32Array(6) };
    expect(roundedWeights(layer, rounding).every((byte) => byte === 0)).toBe(true);
  });
});

it('two products of 7-bit weights and 8-bit activations add up in 16 bits', () => {
  fc.assert(
    fc.property(weights, (layer) => {
      const rounded = new Int8Array(roundedWeights(layer, { bits: 7, group: layer.inputs }).buffer);
      expect(2 * 255 * Math.max(...rounded.map(Math.abs))).toBeLessThan(2 ** 15);
    }),
  );
});

it('the weight of the largest magnitude of a group is exact', () => {
  const layer = { outputs: 1, inputs: 4, values: Float32Array.of(0.5, -2, 1, 0) };
  for (const rounding of [
    { bits: 8, group: 4 },
    { bits: 7, group: 4 },
    { bits: 4, group: 4 },
  ] as const) {
    const found = dequantised(roundedWeights(layer, rounding), scalesOf(layer, rounding), 1, 4, rounding);
    expect(found[1]).toBeCloseTo(-2, 6);
  }
});

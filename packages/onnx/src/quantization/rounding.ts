// Symmetric rounding of weights to few bits, one scale for each group of weights of an output channel.

/** Weights of a linear layer in PyTorch's order, [out, in]. */
export interface LinearWeights {
  readonly values: Float32Array;
  readonly outputs: number;
  readonly inputs: number;
}

/**
 * How weights are rounded. 7 bits are kept in a byte each: the products of 8-bit activations and such weights can be summed in pairs in 16
 * bits, as processors without instructions for sums of four (AVX2) do it, which saturate at 32767: 2 · 255 · 64 is below, 2 · 255 · 127
 * is not.
 */
export interface Rounding {
  readonly bits: 4 | 7 | 8;
  /** Weights of an output channel that share a scale. */
  readonly group: number;
}

/** Scales below have fewer digits than others: weights that small are zeros. */
const SMALLEST_NORMAL = 2 ** -126;

/** The largest magnitude of a rounded weight; of 4 bits the largest on the side that has fewer. */
const MOST = { 4: 7, 7: 64, 8: 127 } as const;

/** The scale of a group. Of 4 bits the extreme is −8, which has no counterpart: a sixteenth of the range is too much to give away. */
function scaleOf(values: Float32Array, from: number, to: number, bits: Rounding['bits']): number {
  let extreme = 0;
  for (let i = from; i < to; i++) if (Math.abs(values[i]!) > Math.abs(extreme)) extreme = values[i]!;
  const scale = Math.fround(bits === 4 ? extreme / -8 : Math.abs(extreme) / MOST[bits]);
  return Math.abs(scale) < SMALLEST_NORMAL ? 1 : scale;
}

/** Groups of an output channel; the last may be smaller. */
export const groupsOf = (inputs: number, { group }: Rounding): number => Math.ceil(inputs / group);

/** The scales of all groups, [groups, out], as float32. */
export function scalesOf({ values, outputs, inputs }: LinearWeights, rounding: Rounding): Float32Array {
  const groups = groupsOf(inputs, rounding);
  const scales = new Float32Array(groups * outputs);
  for (let o = 0; o < outputs; o++)
    for (let g = 0; g < groups; g++) {
      const from = o * inputs + g * rounding.group;
      scales[g * outputs + o] = scaleOf(values, from, Math.min(from + rounding.group, (o + 1) * inputs), rounding.bits);
    }
  return scales;
}

/** The rounded weights, [in, out]: a byte each, or two in a byte, the first in its lower half. */
export function roundedWeights(weights: LinearWeights, rounding: Rounding): Uint8Array {
  const { values, outputs, inputs } = weights;
  const scales = scalesOf(weights, rounding);
  const isHalf = rounding.bits === 4;
  const most = MOST[rounding.bits];
  const rounded = new Uint8Array(isHalf ? Math.ceil((inputs * outputs) / 2) : inputs * outputs);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) {
      const scale = scales[Math.floor(i / rounding.group) * outputs + o]!;
      const value = Math.max(-most - 1, Math.min(most, Math.round(values[o * inputs + i]! / scale)));
      const at = i * outputs + o;
      if (isHalf) rounded[at >> 1]! |= (value & 15) << (4 * (at & 1));
      else rounded[at] = value & 255;
    }
  return rounded;
}

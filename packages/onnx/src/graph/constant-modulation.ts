// A network that does not read the noise level has one modulation for all: its scales and shifts become those of the norms, its gates
// factors of weights, and nothing is left of them in the graph.
import type { DitConfig } from '@idlm/denoiser';
import type { Graph } from './graph';
import { type LinearLayer, type OnnxWeights, linear } from './linear';
import { type Chunk, type Modulation, layerNorm } from './modulation';
import type { NetworkWeights } from './weights';

const silu = (x: number): number => x / (1 + Math.exp(-x));

/** W x + b in double precision. */
async function apply({ outputs, inputs, weights, bias }: LinearLayer, x: Float64Array): Promise<Float64Array> {
  const [w, b] = [await weights(), await bias?.()];
  return Float64Array.from({ length: outputs }, (_, o) => {
    let sum = b?.[o] ?? 0;
    for (let i = 0; i < inputs; i++) sum += w[o * inputs + i]! * x[i]!;
    return sum;
  });
}

/** Conditioning of σ = 0, whose cosines are 1 and sines 0, [C]. */
async function conditioning(weights: NetworkWeights): Promise<Float64Array> {
  const first = weights.layer('sigma_map.mlp.0');
  const embedding = Float64Array.from({ length: first.inputs }, (_, i) => Number(i < first.inputs / 2));
  const inner = (await apply(first, embedding)).map(silu);
  return (await apply(weights.layer('sigma_map.mlp.2'), inner)).map(silu);
}

/** W with each output channel times its gate. */
function gatedLayer({ weights, bias, ...sizes }: LinearLayer, gate: () => Promise<Float64Array>): LinearLayer {
  const times = (values: () => Promise<Float32Array>, width: number) => async () => {
    const [numbers, gates] = [await values(), await gate()];
    return numbers.map((value, i) => value * gates[Math.floor(i / width)]!);
  };
  return { ...sizes, weights: times(weights, sizes.inputs), ...(bias ? { bias: times(bias, 1) } : {}) };
}

/** A modulation whose chunks are numbers. */
export interface ConstantModulation extends Modulation {
  /** [H], computed when it is wanted. */
  readonly chunk: (chunk: Chunk) => () => Promise<Float64Array>;
}

/** The modulation of a network that does not read the noise level. */
export function constantModulation(
  graph: Graph,
  { hidden }: Pick<DitConfig, 'hidden'>,
  weights: NetworkWeights,
  kind: OnnxWeights,
): ConstantModulation {
  let c: Promise<Float64Array> | undefined;
  const packed = new Map<string, Promise<Float64Array>>();
  const chunk =
    ({ of, index }: Chunk) =>
    async () => {
      c ??= conditioning(weights);
      const found = packed.get(of) ?? apply(weights.layer(`${of}.adaLN_modulation`), await c);
      packed.set(of, found);
      return (await found).subarray(index * hidden, (index + 1) * hidden);
    };
  return {
    chunk,
    norm(x, weight, shift, scale) {
      const gain = async () => {
        const [w, scales] = [await weights.read(weight), await chunk(scale)()];
        return Float32Array.from(w, (value, i) => value * (1 + scales[i]!));
      };
      const shifted = async () => Float32Array.from(await chunk(shift)());
      return layerNorm(graph, x, graph.constant('float', [hidden], gain), graph.constant('float', [hidden], shifted));
    },
    gated: (x, layer, gate) => linear(graph, x, gatedLayer(layer, chunk(gate)), kind),
  };
}

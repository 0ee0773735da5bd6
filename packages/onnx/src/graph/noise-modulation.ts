// Modulation by the noise level of each batch row, as the network computes it.
import type { DitConfig } from '@idlm/denoiser';
import type { Graph, Value } from './graph';
import { type LinearLayer, type OnnxWeights, linear } from './linear';
import { type Chunk, type Modulation, layerNorm } from './modulation';
import type { NetworkWeights } from './weights';

/** Modulations of a block, and of the output layer. */
const CHUNKS = { block: 6, output: 2 } as const;

/** f_j = 10000^(−j/n) of the embedding of σ, [1, n]. */
const frequencies = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, j) => Math.exp((-Math.log(10000) * j) / count));

/** x Wᵀ + b in full precision: these layers are small. */
const exact = (graph: Graph, x: Value, { outputs, inputs, weights, bias }: LinearLayer): Value =>
  graph.add(
    'Gemm',
    [x, graph.constant('float', [outputs, inputs], weights), graph.constant('float', [outputs], bias!)],
    { transB: 1 },
  );

const silu = (graph: Graph, x: Value): Value => graph.add('Mul', [x, graph.add('Sigmoid', [x])]);

/** Conditioning of each batch row, [R, C]. @param sigma [R] */
function conditioning(graph: Graph, sigma: Value, weights: NetworkWeights): Value {
  const first = weights.layer('sigma_map.mlp.0');
  const half = first.inputs / 2;
  const column = graph.add('Unsqueeze', [sigma, graph.integers(1)]);
  const angles = graph.add('Mul', [column, graph.constant('float', [1, half], frequencies(half))]);
  const embedding = graph.add('Concat', [graph.add('Cos', [angles]), graph.add('Sin', [angles])], { axis: 1 });
  const inner = silu(graph, exact(graph, embedding, first));
  return silu(graph, exact(graph, inner, weights.layer('sigma_map.mlp.2')));
}

/** The modulation of a network that reads the noise level, which becomes an input `sigma` [R] of the graph. */
export function noiseModulation(
  graph: Graph,
  { hidden }: Pick<DitConfig, 'hidden'>,
  weights: NetworkWeights,
  kind: OnnxWeights,
): Modulation {
  const c = conditioning(graph, graph.input('sigma', 'float', ['rows']), weights);
  const one = graph.number(1);
  const packed = new Map<string, Value[]>();
  /** A chunk of each batch row, [R, H]. */
  const chunkOf = ({ of, index }: Chunk): Value => {
    const chunks =
      packed.get(of) ??
      graph.split(
        exact(graph, c, weights.layer(`${of}.adaLN_modulation`)),
        1,
        of === 'output_layer' ? CHUNKS.output : CHUNKS.block,
      );
    packed.set(of, chunks);
    return chunks[index]!;
  };
  /** As x is shaped: [R, 1, H], or [N, H] by the batch row of each chosen position. */
  const placed = (chunk: Chunk, rows?: Value): Value =>
    rows === undefined
      ? graph.add('Unsqueeze', [chunkOf(chunk), graph.integers(1)])
      : graph.add('Gather', [chunkOf(chunk), rows]);
  return {
    norm(x, weight, shift, scale, rows) {
      const gain = graph.constant('float', [hidden], async () => weights.read(weight));
      const scaled = graph.add('Mul', [layerNorm(graph, x, gain), graph.add('Add', [placed(scale, rows), one])]);
      return graph.add('Add', [scaled, placed(shift, rows)]);
    },
    gated: (x, layer, gate, rows) => graph.add('Mul', [placed(gate, rows), linear(graph, x, layer, kind)]),
  };
}

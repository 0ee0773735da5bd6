import type { DitConfig } from '@idlm/denoiser';
import { type Attend, type Opset, attention } from './attention';
import { type ConstantModulation, constantModulation } from './constant-modulation';
import { type Graph, type Value, createGraph } from './graph';
import { type OnnxWeights, linear, lookUp } from './linear';
import type { Modulation } from './modulation';
import { noiseModulation } from './noise-modulation';
import { firstProjections } from './token-table';
import { type NetworkWeights, networkWeights } from './weights';

/** How a network is written. */
export interface GraphOptions {
  readonly weights: OnnxWeights;
  readonly opset: Opset;
}

/** What the parts of the network are added with. */
interface Making extends GraphOptions {
  readonly graph: Graph;
  readonly config: DitConfig;
  readonly network: NetworkWeights;
  readonly modulation: Modulation;
  /** The same, where it is constant. */
  readonly constant?: ConstantModulation;
  readonly attend: Attend;
  /** int32 [R, L]. */
  readonly tokens: Value;
}

/** Asked positions: of rows that are flattened [R·L, H], and the batch row of each. */
interface Asked {
  readonly positions: Value;
  readonly rows: Value;
  readonly flat: Value;
}

const chunk = (of: string, index: number) => ({ of, index });

/** [R, L, H] to [N, H] at the asked positions. */
const at = (graph: Graph, x: Value, { positions, flat }: Asked): Value =>
  graph.add('Gather', [graph.add('Reshape', [x, flat]), positions]);

/** The packed queries, keys and values of a block, [R, L, 3H]. */
function project(
  { graph, network, modulation, constant, weights, config, tokens }: Making,
  x: Value,
  index: number,
): Value {
  const name = `blocks.${index}`;
  const table = index === 0 && constant ? firstProjections(config, network, constant) : undefined;
  if (table) return lookUp(graph, tokens, table, weights === 'f16' ? 'f16' : 'f32');
  const normal = modulation.norm(x, `${name}.norm1.weight`, chunk(name, 0), chunk(name, 1));
  return linear(graph, normal, network.layer(`${name}.attn_qkv`), weights);
}

/** A transformer block; at the asked positions alone after its attention, where it is the last. */
function block(making: Making, x: Value, index: number, asked?: Asked): Value {
  const { graph, network, modulation, weights, attend } = making;
  const name = `blocks.${index}`;
  const [queries, keys, values] = graph.split(project(making, x, index), 2, 3) as [Value, Value, Value];
  const chosen = (y: Value) => (asked ? at(graph, y, asked) : y);
  const attended = chosen(attend(queries, keys, values));
  const rows = asked?.rows;
  const out = modulation.gated(attended, network.layer(`${name}.attn_out`), chunk(name, 2), rows);
  const between = graph.add('Add', [chosen(x), out]);
  const normal = modulation.norm(between, `${name}.norm2.weight`, chunk(name, 3), chunk(name, 4), rows);
  const inner = linear(graph, normal, network.layer(`${name}.mlp.0`), weights);
  const bent = graph.add('Gelu', [inner], { approximate: 'tanh' });
  return graph.add('Add', [between, modulation.gated(bent, network.layer(`${name}.mlp.2`), chunk(name, 5), rows)]);
}

/** What is asked for, and whose batch row each position belongs to. */
function askedPositions(graph: Graph, { hidden }: DitConfig, tokens: Value): Asked {
  const positions = graph.input('positions', 'int32', ['asked']);
  const length = graph.add('Cast', [graph.add('Gather', [graph.add('Shape', [tokens]), graph.integer(1)])], { to: 6 });
  return { positions, rows: graph.add('Div', [positions, length]), flat: graph.integers(-1, hidden) };
}

/**
 * The graph of a diffusion transformer: `tokens` int32 [R, L], `positions` int32 [N], flat and ascending, and `sigma` float [R] where
 * the network reads the noise level; `logits` float [N, V]. R, L and N are free.
 * @param read the numbers of a weight by its name, [out, in]
 */
export function ditGraph(config: DitConfig, read: NetworkWeights['read'], options: GraphOptions): Graph {
  const graph = createGraph();
  const network = networkWeights(config, read);
  const tokens = graph.input('tokens', 'int32', ['rows', 'length']);
  const asked = askedPositions(graph, config, tokens);
  const shared = [graph, config, network, options.weights] as const;
  const constant = config.timeConditioned ? undefined : constantModulation(...shared);
  const making: Making = {
    ...{ ...options, graph, config, network, tokens, constant },
    modulation: constant ?? noiseModulation(...shared),
    attend: attention(graph, tokens, config, options.opset),
  };
  const { hidden, vocabSize, blocks } = config;
  const embedding = { outputs: vocabSize, inputs: hidden, weights: async () => read('vocab_embed.embedding') };
  let x = lookUp(graph, tokens, embedding, options.weights);
  for (let i = 0; i < blocks; i++) x = block(making, x, i, i === blocks - 1 ? asked : undefined);
  const [shift, scale] = [chunk('output_layer', 0), chunk('output_layer', 1)];
  const normal = making.modulation.norm(x, 'output_layer.norm_final.weight', shift, scale, asked.rows);
  graph.output('logits', linear(graph, normal, network.layer('output_layer.linear'), options.weights), [
    'asked',
    vocabSize,
  ]);
  return graph;
}

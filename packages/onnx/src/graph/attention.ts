import type { DitConfig } from '@idlm/denoiser';
import { inverseFrequencies } from '@idlm/denoiser/layers';
import type { Graph, Value } from './graph';

/** Versions of ONNX's operators that a file can be written for. */
export const OPSETS = [23, 21] as const;

/** 23 has operators for rotary positions and attention; 21 spells both out, for older and other runtimes. */
export type Opset = (typeof OPSETS)[number];

/** Attention of queries, keys and values [R, L, H], in heads. */
export type Attend = (queries: Value, keys: Value, values: Value) => Value;

type Sizes = Pick<DitConfig, 'hidden' | 'heads' | 'length'>;

/** cos and sin of position · frequency, [L, d/2] each. */
function angles({ hidden, heads, length }: Sizes): Readonly<Record<'cos' | 'sin', Float32Array>> {
  const frequencies = inverseFrequencies(hidden / heads);
  const half = frequencies.length;
  const angle = (i: number) => Math.floor(i / half) * frequencies[i % half]!;
  const size = { length: length * half };
  return {
    cos: Float32Array.from(size, (_, i) => Math.cos(angle(i))),
    sin: Float32Array.from(size, (_, i) => Math.sin(angle(i))),
  };
}

/** Length of the rows at hand, a list of one. */
const rowLength = (graph: Graph, tokens: Value): Value =>
  graph.add('Gather', [graph.add('Shape', [tokens]), graph.integers(1)]);

/** With the operators of opset 23. */
function attentionOf23(graph: Graph, tokens: Value, sizes: Sizes): Attend {
  const { hidden, heads, length } = sizes;
  const half = hidden / heads / 2;
  const { cos, sin } = angles(sizes);
  const tables = [cos, sin].map((table) => graph.constant('float', [length, half], table));
  const last = graph.add('Squeeze', [rowLength(graph, tokens)]);
  const range = graph.add('Range', [graph.integer(0), last, graph.integer(1)]);
  const places = graph.add('Expand', [range, graph.add('Shape', [tokens])]);
  const turned = (x: Value) =>
    graph.add('RotaryEmbedding', [x, ...tables, places], { num_heads: heads, interleaved: 0 });
  const scale = { float: 1 / Math.sqrt(hidden / heads) };
  return (queries, keys, values) =>
    graph.add('Attention', [turned(queries), turned(keys), values], {
      ...{ q_num_heads: heads, kv_num_heads: heads, scale },
    });
}

/** With products of matrices and softmax. */
function attentionOf21(graph: Graph, tokens: Value, sizes: Sizes): Attend {
  const { hidden, heads, length } = sizes;
  const channels = hidden / heads;
  const half = channels / 2;
  const { cos, sin } = angles(sizes);
  // Both halves of a head's channels turn by the same angles; the second is added to the first with a minus.
  const doubled = (table: Float32Array, first: number) =>
    Float32Array.from({ length: 2 * table.length }, (_, i) => {
      const [position, channel] = [Math.floor(i / channels), i % channels];
      return table[position * half + (channel % half)]! * (channel < half ? first : 1);
    });
  const cut = (table: Float32Array) => {
    const whole = graph.constant('float', [length, channels], table);
    return graph.add('Slice', [whole, graph.integers(0), rowLength(graph, tokens), graph.integers(0)]);
  };
  const [cosines, sines] = [cut(doubled(cos, 1)), cut(doubled(sin, -1))];
  const perHead = graph.integers(0, 0, heads, channels);
  // [R, L, H] to [R, A, L, d]
  const inHeads = (x: Value) => graph.add('Transpose', [graph.add('Reshape', [x, perHead])], { perm: [0, 2, 1, 3] });
  const turned = (x: Value) => {
    const [first, second] = graph.split(x, 3, 2) as [Value, Value];
    const swapped = graph.add('Concat', [second, first], { axis: 3 });
    return graph.add('Add', [graph.add('Mul', [x, cosines]), graph.add('Mul', [swapped, sines])]);
  };
  const scale = graph.number(1 / Math.sqrt(channels));
  const together = graph.integers(0, 0, hidden);
  return (queries, keys, values) => {
    const across = graph.add('Transpose', [turned(inHeads(keys))], { perm: [0, 1, 3, 2] });
    const scores = graph.add('Mul', [graph.add('MatMul', [turned(inHeads(queries)), across]), scale]);
    const mixed = graph.add('MatMul', [graph.add('Softmax', [scores], { axis: -1 }), inHeads(values)]);
    return graph.add('Reshape', [graph.add('Transpose', [mixed], { perm: [0, 2, 1, 3] }), together]);
  };
}

/** Attention over rows of tokens [R, L] with rotary positions, as an opset spells it. */
export const attention = (graph: Graph, tokens: Value, sizes: Sizes, opset: Opset): Attend =>
  (opset === 23 ? attentionOf23 : attentionOf21)(graph, tokens, sizes);

import { fromFloat32 } from '@idlm/denoiser';
import { type LinearWeights, type Rounding, groupsOf, roundedWeights, scalesOf } from '../quantization/rounding';
import type { Graph, Value } from './graph';

/** How weights are kept in a file. */
export const ONNX_WEIGHTS = ['f32', 'f16', 'q8', 'int8', 'q4'] as const;

/**
 * `f32` and `f16`: as they are, or rounded to half precision; sums are float32. `q8` and `q4`: 8 or 4 bits with a scale for each 32
 * weights of an output channel; sums are float32. `int8`: 7 bits, in a byte each, with a scale for each output channel, and what they
 * are multiplied with is rounded to 8 bits as it comes, so that sums are whole numbers, the same on every processor.
 */
export type OnnxWeights = (typeof ONNX_WEIGHTS)[number];

/** What a linear layer is made of. */
export interface LinearLayer {
  readonly outputs: number;
  readonly inputs: number;
  /** W, [out, in]. */
  readonly weights: () => Promise<Float32Array>;
  /** b, [out]. */
  readonly bias?: () => Promise<Float32Array>;
}

/** Weights that share a scale, where they are dequantised in blocks. */
const BLOCK = 32;

/** float16 numbers; their range is far beyond that of weights, which the rounding refuses. */
const halves = (values: Float32Array): Uint8Array => fromFloat32(values, [values.length], 'F16').bytes;

/** [rows, columns] as [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c]!;
  return turned;
}

/** Floating-point numbers as a constant, kept in 16 bits where weights are. */
function floats(graph: Graph, dims: readonly number[], numbers: () => Promise<Float32Array>, kind: OnnxWeights) {
  if (kind !== 'f16') return graph.constant('float', dims, numbers);
  return graph.add('Cast', [graph.constant('float16', dims, async () => halves(await numbers()))], { to: 1 });
}

/** Rounded weights and their scales as constants. */
function rounded(graph: Graph, { outputs, inputs, weights }: LinearLayer, rounding: Rounding): [Value, Value] {
  const read = async (): Promise<LinearWeights> => ({ values: await weights(), outputs, inputs });
  const type = rounding.bits === 4 ? 'int4' : 'int8';
  return [
    graph.constant(type, [inputs, outputs], async () => roundedWeights(await read(), rounding)),
    graph.constant('float', [groupsOf(inputs, rounding), outputs], async () => scalesOf(await read(), rounding)),
  ];
}

/** x Wᵀ with x rounded to whole numbers of 8 bits as it comes: sums of whole numbers, scaled afterwards. */
function integerProduct(graph: Graph, x: Value, layer: LinearLayer): Value {
  const [weights, scales] = rounded(graph, layer, { bits: 7, group: layer.inputs });
  const [values, scale, zero] = graph.addAll('DynamicQuantizeLinear', [x], 3) as [Value, Value, Value];
  const sums = graph.add('Cast', [graph.add('MatMulInteger', [values, weights, zero])], { to: 1 });
  return graph.add('Mul', [sums, graph.add('Mul', [scales, scale])]);
}

function product(graph: Graph, x: Value, layer: LinearLayer, kind: OnnxWeights): Value {
  const { outputs, inputs } = layer;
  if (kind === 'int8') return integerProduct(graph, x, layer);
  if (kind === 'q8' || kind === 'q4') {
    const [weights, scales] = rounded(graph, layer, { bits: kind === 'q4' ? 4 : 8, group: BLOCK });
    const dequantised = graph.add('DequantizeLinear', [weights, scales], { axis: 0, block_size: BLOCK });
    return graph.add('MatMul', [x, dequantised]);
  }
  const numbers = async () => transposed(await layer.weights(), outputs, inputs);
  return graph.add('MatMul', [x, floats(graph, [inputs, outputs], numbers, kind)]);
}

/** x Wᵀ + b of rows x […, in]. */
export function linear(graph: Graph, x: Value, layer: LinearLayer, kind: OnnxWeights): Value {
  const rows = product(graph, x, layer, kind);
  return layer.bias ? graph.add('Add', [rows, graph.constant('float', [layer.outputs], layer.bias)]) : rows;
}

/** Rows of a table by their numbers; of a quantised one, with a scale for each row. */
export function lookUp(graph: Graph, ids: Value, layer: Omit<LinearLayer, 'bias'>, kind: OnnxWeights): Value {
  const { outputs: rows, inputs: width, weights } = layer;
  if (kind === 'f32' || kind === 'f16') return graph.add('Gather', [floats(graph, [rows, width], weights, kind), ids]);
  // By rows: as the weights of a linear layer whose output channels they are, turned back.
  const rounding = { bits: 8, group: width } as const;
  const values = async () => {
    const turned = new Int8Array(
      roundedWeights({ values: await weights(), outputs: rows, inputs: width }, rounding).buffer,
    );
    const table = new Int8Array(turned.length);
    for (let r = 0; r < rows; r++) for (let c = 0; c < width; c++) table[r * width + c] = turned[c * rows + r]!;
    return table;
  };
  const scales = async () => scalesOf({ values: await weights(), outputs: rows, inputs: width }, rounding);
  const found = graph.add('Cast', [graph.add('Gather', [graph.constant('int8', [rows, width], values), ids])], {
    to: 1,
  });
  return graph.add('Mul', [found, graph.add('Gather', [graph.constant('float', [rows, 1], scales), ids])]);
}

import { type Graph, type OpAttribute, TYPES, type Value } from '../tensorflow/types';

/** The ops by which tfjs-node's kernels multiply matrices. */
const PRODUCTS: ReadonlySet<string> = new Set(['MatMul', 'BatchMatMul', 'BatchMatMulV2', '_FusedMatMul']);

/** Whether an op is a product of float32 matrices; those of integers stay as they are. */
export const isProduct = (op: string, attributes: readonly OpAttribute[]): boolean =>
  PRODUCTS.has(op) && attributes.some(({ name, value }) => name === 'T' && value === TYPES.TF_FLOAT);

function cast(graph: Graph, value: Value, to: number): Value {
  const type = (name: string, dtype: number): OpAttribute => ({ name, type: TYPES.TF_ATTR_TYPE, value: dtype });
  return graph.operation('Cast', [type('SrcT', value.dtype), type('DstT', to)], [value])[0]!;
}

/**
 * Adds a product whose factors are cast to bfloat16 and whose result is cast back: the device sums in float32, and what is
 * kept, as weights, stays float32.
 */
export const castProduct =
  (graph: Graph): Graph['operation'] =>
  (op, attributes, inputs) => {
    const narrow = attributes.map((one) => (one.name === 'T' ? { ...one, value: TYPES.TF_BFLOAT16 } : one));
    const factors = inputs.map((input) => cast(graph, input, TYPES.TF_BFLOAT16));
    return graph.operation(op, narrow, factors).map((result) => cast(graph, result, TYPES.TF_FLOAT));
  };

import { type Binding, type Graph, type HostValues, TYPES, type Value } from '../tensorflow/types';

/** Size of a constant from which on it is worth looking whether it is one number throughout. */
export const WORTH_FILLING = 1 << 12;

const isUniform = (values: HostValues): boolean =>
  values.length > 0 && values.every((value) => Object.is(value, values[0]));

/**
 * A tensor as a constant of a graph: written out, or, if it is large and one number throughout, as the op that fills it in.
 * TensorFlow keeps what is written out three to four times as long as the function lives (in its definition, its graph, its
 * kernel), and tfjs's gradient of a sum is made with a tensor of ones as large as what is summed.
 * @returns the value, and the numbers that it writes out
 */
export function constantOf(binding: Binding, graph: Graph, id: number): { value: Value; written: number } {
  const { dtype, shape } = binding.describe(id);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = size < WORTH_FILLING ? undefined : binding.tensorDataSync(id);
  if (!values || !isUniform(values)) return { value: graph.constant(id), written: size };
  const constant = (axes: number[], type: number, content: HostValues): Value => {
    const made = binding.createTensor(axes, type, content);
    try {
      return graph.constant(made);
    } finally {
      binding.deleteTensor(made);
    }
  };
  const [value] = graph.operation(
    'Fill',
    [
      { name: 'T', type: TYPES.TF_ATTR_TYPE, value: dtype },
      { name: 'index_type', type: TYPES.TF_ATTR_TYPE, value: TYPES.TF_INT32 },
    ],
    [constant([shape.length], TYPES.TF_INT32, Int32Array.from(shape)), constant([], dtype, values.slice(0, 1))],
  );
  return { value: value!, written: 1 };
}

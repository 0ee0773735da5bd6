import { InputError } from '../../errors';
import type { Binding, Graph, TensorMetadata, Value } from '../tensorflow/types';
import { constantOf } from './constants';
import { castProduct, isProduct } from './products';

/** A function is limited by protobuf, constants included. */
const LARGEST_FUNCTION = 2 ** 31 - 1;

/** @throws InputError if the constants of a function are too large for it to be registered */
export function requireFunctionSize(bytes: number): void {
  if (bytes <= LARGEST_FUNCTION) return;
  throw new InputError(
    `A compiled function captured ${(bytes / 1e9).toFixed(1)} GB of numbers, and it holds at most 2 GB: hand large tensors in as inputs.`,
  );
}

/** Stands in for the binding, and knows the values of a graph by the numbers of their tensors. */
export interface Recorder {
  /** A tensor's number and type for a value. @param maker what it is, for messages */
  insert(value: Value, maker: string): TensorMetadata;
  /** The value of a tensor; one from outside the trace, or made from host data inside it, becomes a constant. */
  valueOf(id: number): Value;
  /** What it stands in for. */
  readonly binding: Binding;
  readonly recording: Binding;
}

/** tfjs-node never frees negative numbers, and -1 means "not uploaded". One count for all, so that no graph knows another's. */
let next = -2;

/** How ops are recorded. */
export interface RecorderOptions {
  /** Products of matrices take their factors in bfloat16. */
  readonly castProducts?: boolean;
}

/** The values of one graph by the numbers of the tensors that stand for them. */
interface Values extends Pick<Recorder, 'insert' | 'valueOf'> {
  /** What a number is, for messages. */
  makerOf(id: number): string;
}

function valuesOf(binding: Binding, graph: Graph): Values {
  const values = new Map<number, Value>();
  const makers = new Map<number, string>();
  let captured = 0;
  return {
    insert(value, maker) {
      const id = next--;
      values.set(id, value);
      makers.set(id, maker);
      return { id, dtype: value.dtype, shape: [...value.shape] };
    },
    valueOf(id) {
      const known = values.get(id);
      if (known) return known;
      const { value, written } = constantOf(binding, graph, id);
      captured += 4 * written;
      requireFunctionSize(captured);
      values.set(id, value);
      return value;
    },
    makerOf: (id) => makers.get(id) ?? 'a captured tensor',
  };
}

/**
 * Stands in for the binding while a function is traced: ops are added to a graph and not run, so that tracing costs
 * neither their time nor the memory of their results.
 */
export function recorder(binding: Binding, graph: Graph, { castProducts = false }: RecorderOptions = {}): Recorder {
  const { insert, valueOf, makerOf } = valuesOf(binding, graph);
  const recording: Binding = {
    ...binding,
    executeOp(op, attributes, inputs) {
      const operation = castProducts && isProduct(op, attributes) ? castProduct(graph) : graph.operation;
      return operation(op, attributes, inputs.map(valueOf)).map((value) => insert(value, `the result of ${op}`));
    },
    executeFunction() {
      throw new InputError(
        'A compiled function called another one: hand it the plain function, which becomes part of the trace.',
      );
    },
    tensorDataSync(id) {
      const { shape } = valueOf(id);
      throw new InputError(
        `A compiled function read ${makerOf(id)}, of shape [${shape.join(', ')}], on the host; what depends on data must stay in tensors, or be an input.`,
      );
    },
  };
  return { insert, valueOf, binding, recording };
}

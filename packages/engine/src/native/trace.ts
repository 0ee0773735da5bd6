import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFunction } from '@idlm/core-diffusion';
import { InputError } from '../errors';
import { constantOf } from './constants';
import { fuser } from './fuse';
import type { Graph, Value } from './graph';
import type { NativeBackend } from './kernels';
import { castProduct, isProduct } from './products';
import type { Binding, TensorMetadata } from './types';

/** How ops are recorded. */
export interface TraceOptions {
  /** Products of matrices take their factors in bfloat16. */
  readonly castProducts?: boolean;
  /** What `kernel` of `@idlm/core-diffusion` runs becomes one kernel, which XLA compiles. */
  readonly fuse?: boolean;
}

/** A traced function as it is registered with TensorFlow. */
export interface Traced {
  readonly name: string;
  readonly results: readonly Omit<TensorMetadata, 'id'>[];
}

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
  readonly recording: Binding;
}

/** tfjs-node never frees negative numbers, and -1 means "not uploaded". One count for all, so that no graph knows another's. */
let next = -2;

/**
 * Stands in for the binding while a function is traced: ops are added to a graph and not run, so that tracing costs
 * neither their time nor the memory of their results.
 */
function recorder(binding: Binding, graph: Graph, { castProducts = false }: TraceOptions): Recorder {
  const values = new Map<number, Value>();
  const makers = new Map<number, string>();
  let captured = 0;
  const insert = (value: Value, maker: string): TensorMetadata => {
    const id = next--;
    values.set(id, value);
    makers.set(id, maker);
    return { id, dtype: value.dtype, shape: [...value.shape] };
  };
  const valueOf = (id: number): Value => {
    const known = values.get(id);
    if (known) return known;
    const { value, written } = constantOf(binding, graph, id);
    captured += 4 * written;
    requireFunctionSize(captured);
    values.set(id, value);
    return value;
  };
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
      const value = valueOf(id);
      throw new InputError(
        `A compiled function read ${makers.get(id) ?? 'a captured tensor'}, of shape [${value.shape.join(', ')}], on the host; what depends on data must stay in tensors, or be an input.`,
      );
    },
  };
  return { insert, valueOf, recording };
}

let serial = 0;

/**
 * Runs `fn` on stand-ins for the inputs, which have their types and shapes but no numbers, records the ops that it asks
 * for, and registers the record as a TensorFlow function.
 * @throws InputError for what cannot be traced
 */
export function trace(
  backend: NativeBackend,
  fn: TensorFunction,
  given: readonly Tensor[],
  options: TraceOptions = {},
): Traced {
  const { binding } = backend;
  const graph = binding.openGraph();
  const outer = recorder(binding, graph, options);
  const { insert, valueOf, recording } = outer;
  backend.binding = recording;
  if (options.fuse) backend.fuse = fuser(backend, outer, graph, (inner) => recorder(binding, inner, {}));
  try {
    return tf.tidy(() => {
      const inputs = given.map(({ dtype, shape }, i) => {
        const argument = graph.argument(backend.getDTypeInteger(dtype), shape);
        return backend.createOutputTensor(insert(argument, `input ${i}`));
      });
      const valuesOf = (tensors: Tensor[]) => backend.getInputTensorIds(tensors).map(valueOf);
      const [taken, results] = [valuesOf(inputs), valuesOf(fn([...inputs]))];
      const name = `idlm_traced_${serial++}`;
      graph.register(name, taken, results);
      return { name, results: results.map(({ dtype, shape }) => ({ dtype, shape: [...shape] })) };
    });
  } finally {
    backend.binding = binding;
    backend.fuse = undefined;
    graph.dispose();
  }
}

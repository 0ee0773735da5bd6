import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFunction } from '../engine';
import { InputError } from '../errors';
import { constantNode, identityNode, opNode, placeholderNode } from './graph-def';
import type { NativeBackend } from './kernels';
import { type Binding, type OpAttribute, TYPES } from './types';

/** How traces run. */
export interface TraceOptions {
  /** Compile with XLA: seconds at the first call of each list of shapes, then faster where elementwise work dominates. */
  readonly xla?: boolean;
}

/** A traced function as it is registered with TensorFlow. */
interface Traced {
  readonly name: string;
  readonly outputs: number;
}

let serial = 0;

/** tfjs-node leaves the type of `ExpandDims` for TensorFlow to infer, which it does op by op but not in a graph. */
function completed(
  binding: Binding,
  op: string,
  attributes: readonly OpAttribute[],
  inputs: readonly number[],
): readonly OpAttribute[] {
  if (op !== 'ExpandDims') return attributes;
  return [...attributes, { name: 'T', type: TYPES.TF_ATTR_TYPE, value: binding.describe(inputs[0]!).dtype }];
}

/** Records the ops that the binding runs, as nodes of a graph whose arguments are the given tensors. */
function recorder(binding: Binding, inputIds: readonly number[]) {
  const nodes: Buffer[] = [];
  const sources = new Map<number, string>();
  inputIds.forEach((id, i) => {
    const { dtype, shape } = binding.describe(id);
    nodes.push(placeholderNode(`in${i}`, dtype, shape));
    sources.set(id, `in${i}:0`);
  });
  /** The source of a tensor; one from outside the trace, or made from host data inside it, becomes a constant. */
  const sourceOf = (id: number): string => {
    const known = sources.get(id);
    if (known) return known;
    const { dtype, shape } = binding.describe(id);
    const name = `const${nodes.length}`;
    nodes.push(constantNode(name, dtype, shape, binding.tensorDataSync(id)));
    sources.set(id, `${name}:0`);
    return `${name}:0`;
  };
  const recording: Binding = {
    ...binding,
    executeOp(op, attributes, inputs, outputs) {
      const name = `op${nodes.length}`;
      const node = opNode(name, op, inputs.map(sourceOf), completed(binding, op, attributes, inputs));
      const results = binding.executeOp(op, attributes, inputs, outputs);
      nodes.push(node);
      results.forEach(({ id }, i) => sources.set(id, `${name}:${i}`));
      return results;
    },
    tensorDataSync(id) {
      const { shape } = binding.describe(id);
      throw new InputError(
        `A compiled function read a tensor of shape [${shape.join(', ')}] on the host; what depends on data must stay in tensors, or be an input.`,
      );
    },
  };
  return { nodes, sourceOf, recording };
}

/**
 * Copies of the inputs under numbers of their own: clones share theirs, and a trace that cannot tell two inputs apart
 * would read one of them in place of both ever after. TensorFlow shares the memory.
 */
function distinctCopies(backend: NativeBackend, inputs: readonly Tensor[]): Tensor[] {
  return inputs.map((input) => {
    const type = { name: 'T', type: TYPES.TF_ATTR_TYPE, value: backend.getDTypeInteger(input.dtype) };
    return backend.executeMultipleOutputs('Identity', [type], [input], 1)[0]!;
  });
}

/** A serialized graph, with its constants, is limited by protobuf. */
const LARGEST_GRAPH = 2 ** 31 - 1;

/** @throws InputError if a graph is too large to be registered */
export function requireGraphSize(bytes: number): void {
  if (bytes <= LARGEST_GRAPH) return;
  throw new InputError(
    `A compiled function captured ${(bytes / 1e9).toFixed(1)} GB of numbers, and a graph holds at most 2 GB: hand large tensors in as inputs.`,
  );
}

/** Runs `fn` once op by op while recording it, and registers the record as a TensorFlow function. */
function trace(backend: NativeBackend, fn: TensorFunction, given: readonly Tensor[]): Traced {
  const { binding } = backend;
  const inputs = distinctCopies(backend, given);
  const { nodes, sourceOf, recording } = recorder(binding, backend.getInputTensorIds([...inputs]));
  const results: string[] = [];
  backend.binding = { ...binding, ...recording };
  try {
    tf.tidy(() => {
      for (const [i, output] of fn([...inputs]).entries()) {
        const [id] = backend.getInputTensorIds([output]);
        backend.binding = binding;
        const source = sourceOf(id!);
        nodes.push(identityNode(`out${i}`, source, binding.describe(id!).dtype));
        results.push(`out${i}:0`);
      }
    });
  } finally {
    backend.binding = binding;
    tf.dispose(inputs);
  }
  requireGraphSize(nodes.reduce((bytes, node) => bytes + node.byteLength, 0));
  const name = `idlm_traced_${serial++}`;
  binding.addFunction(
    name,
    Buffer.concat(nodes),
    inputs.map((_, i) => `in${i}:0`),
    results,
  );
  return { name, outputs: results.length };
}

const signature = (inputs: readonly Tensor[]): string =>
  inputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join(' ');

/** Traces kept per function; more lists of shapes than this means that shapes do not repeat. */
const CAPACITY = 64;

/**
 * `fn` as one TensorFlow function per list of input shapes, traced at the first call with each. The least recently used
 * trace is dropped beyond 64, with one warning.
 */
export function compileNative(
  backend: NativeBackend,
  fn: TensorFunction,
  { xla = false }: TraceOptions = {},
): TensorFunction & { dispose(): void } {
  const attributes = xla ? [{ name: '_XlaMustCompile', type: TYPES.TF_ATTR_BOOL, value: true }] : [];
  const traces = new Map<string, Traced>();
  let warned = false;
  const makeRoom = () => {
    if (traces.size < CAPACITY) return;
    const [oldest, { name }] = traces.entries().next().value as [string, Traced];
    backend.binding.removeFunction(name);
    traces.delete(oldest);
    if (!warned)
      process.emitWarning(`a compiled function met more than ${CAPACITY} lists of shapes; pad its inputs to fewer`);
    warned = true;
  };
  const call = (inputs: Tensor[]): Tensor[] => {
    const key = signature(inputs);
    let traced = traces.get(key);
    if (!traced) {
      makeRoom();
      traced = trace(backend, fn, inputs);
    }
    traces.delete(key);
    traces.set(key, traced);
    return backend.executeMultipleOutputs(traced.name, attributes, inputs, traced.outputs);
  };
  return Object.assign(call, {
    dispose() {
      for (const { name } of traces.values()) backend.binding.removeFunction(name);
      traces.clear();
    },
  });
}

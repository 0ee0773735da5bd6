import { InputError } from '../../errors';
import { attributeSetter, int64 } from './attributes';
import type { Context } from './context';
import { type Argument, opArguments } from './op-def';
import type { Handles } from './tensors';
import { type Graph, type Kernel, type OpAttribute, TYPES, type Value } from './types';

/** A graph under construction. */
interface Growing extends Pick<Context, 'c' | 'status' | 'ok'> {
  readonly context: Context;
  /** TF_Graph. */
  readonly graph: number;
  readonly setAttribute: ReturnType<typeof attributeSetter>;
  /** A name that no other operation of the graph has. */
  readonly distinct: (name: string) => string;
}

function startGraph(context: Context): Growing {
  const { c, status, ok } = context;
  let serial = 0;
  return {
    c,
    status,
    ok,
    context,
    graph: c.TF_NewGraph(),
    setAttribute: attributeSetter(c, 'TF_SetAttr', status),
    distinct: (name) => `${name}${serial++}`,
  };
}

const attribute = (name: string, type: number, value: unknown): OpAttribute => ({ name, type, value });

/**
 * An output of an operation, whose shape TensorFlow has inferred: TF_GraphGetTensorNumDims gives −1 for an unknown rank, and
 * TF_GraphGetTensorShape −1 for an axis of unknown size.
 * @param name of the op, for the message
 * @throws InputError for a shape that is not known in full
 */
function valueAt({ c, graph, status, ok }: Growing, name: string, operation: number, index: number): Value {
  const source = { operation, index };
  const axes = c.TF_GraphGetTensorNumDims(graph, source, status);
  const shape = new BigInt64Array(Math.max(0, axes));
  if (axes > 0) c.TF_GraphGetTensorShape(graph, source, shape, axes, status);
  ok();
  if (axes < 0 || shape.includes(-1n))
    throw new InputError(
      `A compiled function runs ${name}, and the shape of its result depends on data: run it outside, or use one with a fixed shape.`,
    );
  return { source, dtype: c.TF_OperationOutputType(source), shape: Array.from(shape, Number) };
}

/**
 * Adds an operation, of which TensorFlow infers types and shapes and refuses what does not fit.
 * @param prepare sets inputs and attributes of the TF_OperationDescription
 * @returns the TF_Operation, which lives as long as the graph
 * @throws Error in TensorFlow's words; the graph may be used on
 */
function finish({ c, graph, status, ok, distinct }: Growing, name: string, prepare: (description: number) => void) {
  const description = c.TF_NewOperation(graph, name, distinct(name));
  prepare(description);
  const operation = c.TF_FinishOperation(description, status);
  ok();
  return operation;
}

/** Adds an operation; gives its results. */
function add(growing: Growing, name: string, prepare: (description: number) => void): Value[] {
  const operation = finish(growing, name, prepare);
  const count = growing.c.TF_OperationNumOutputs(operation);
  return Array.from({ length: count }, (_, i) => valueAt(growing, name, operation, i));
}

/**
 * The inputs of an operation, one entry for each of its arguments; a list where the argument is one, whose length an attribute tells
 * (`N` of `ConcatV2`).
 * @param inputs of all arguments, one behind the other, as eager execution takes them
 */
function grouped(
  taken: readonly Argument[],
  attributes: readonly OpAttribute[],
  inputs: readonly Value[],
): (Value | readonly Value[])[] {
  let at = 0;
  return taken.map(({ count }) => {
    if (count === undefined) return inputs[at++]!;
    const size = Number(attributes.find(({ name }) => name === count)!.value);
    return inputs.slice(at, (at += size));
  });
}

/**
 * TF_Output values in a row, as memory: { TF_Operation* oper; int index; } takes 16 bytes on 64-bit platforms, the last four of which
 * are padding. Source: tensorflow/c/c_api.h.
 */
function packed(values: readonly Value[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 * Math.max(1, values.length)));
  values.forEach(({ source: { operation, index } }, i) => {
    view.setBigUint64(16 * i, BigInt(operation), true);
    view.setInt32(16 * i + 8, index, true);
  });
  return new Uint8Array(view.buffer);
}

/** Adds an operation with its inputs and attributes as eager execution takes them. */
function addOperation(
  growing: Growing,
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly Value[],
): Value[] {
  const { c, context, graph, setAttribute } = growing;
  const groups = grouped(opArguments(context, graph, name), attributes, inputs);
  return add(growing, name, (description) => {
    for (const group of groups) {
      if ('source' in group) c.TF_AddInput(description, group.source);
      else c.TF_AddInputList(description, packed(group), group.length);
    }
    attributes.forEach((one) => setAttribute(description, one));
  });
}

/**
 * A constant with the content of a TFE_TensorHandle, which is copied: the tensor may be deleted afterwards. Waits for one that is yet to
 * come.
 */
function addConstant(growing: Growing, handle: number): Value {
  const { c, status, ok } = growing;
  const tensor = c.TFE_TensorHandleResolve(handle, status);
  ok();
  const [value] = add(growing, 'Const', (description) => {
    c.TF_SetAttrType(description, 'dtype', c.TFE_TensorHandleDataType(handle));
    c.TF_SetAttrTensor(description, 'value', tensor, status);
    c.TF_DeleteTensor(tensor);
  });
  return value!;
}

/**
 * Registers what has been added so far as a function of the context.
 * @param name new in the context
 * @param inputs results of `argument`, in order
 * @returns the TF_Function, which the caller frees; the context keeps one of its own
 * @throws Error in TensorFlow's words, as for a name that is taken
 */
function makeFunction(growing: Growing, name: string, inputs: readonly Value[], outputs: readonly Value[]): number {
  const { c, context, graph, status, ok } = growing;
  // A function may return neither an argument nor one value twice.
  const identity = (value: Value) =>
    addOperation(growing, 'Identity', [attribute('T', TYPES.TF_ATTR_TYPE, value.dtype)], [value])[0]!;
  const [given, returned] = [packed(inputs), packed(outputs.map(identity))];
  const [all, none] = [-1, 0];
  const made = c.TF_GraphToFunction(
    ...[graph, name, 0, all, none, inputs.length, given, outputs.length, returned],
    ...[none, none, null, status],
  );
  ok();
  c.TFE_ContextAddFunction(context.handle, made, status);
  ok();
  return made;
}

/**
 * Calls a function in the graph, which first gets a copy of it; `_XlaMustCompile` has XLA compile it when it first runs. TensorFlow infers
 * no shapes for calls, so the results are given theirs.
 */
function addCall(growing: Growing, { name, handle, results }: Kernel, inputs: readonly Value[]): Value[] {
  const { c, graph, status, ok, setAttribute } = growing;
  c.TF_GraphCopyFunction(graph, handle, 0, status);
  ok();
  const called = finish(growing, name, (description) => {
    for (const { source } of inputs) c.TF_AddInput(description, source);
    setAttribute(description, attribute('_XlaMustCompile', TYPES.TF_ATTR_BOOL, true));
  });
  return results.map(({ dtype, shape }, index) => {
    const source = { operation: called, index };
    c.TF_GraphSetTensorShape(graph, source, int64(shape), shape.length, status);
    ok();
    return { source, dtype, shape };
  });
}

/** An empty graph of a context. */
export function openGraph(context: Context, handles: Handles): Graph {
  const growing = startGraph(context);
  const { c, graph } = growing;
  return {
    operation: (name, attributes, inputs) => addOperation(growing, name, attributes, inputs),
    argument: (dtype, shape) =>
      addOperation(
        growing,
        'Placeholder',
        [attribute('dtype', TYPES.TF_ATTR_TYPE, dtype), attribute('shape', TYPES.TF_ATTR_SHAPE, shape)],
        [],
      )[0]!,
    constant: (id) => addConstant(growing, handles.get(id)),
    register: (name, inputs, outputs) => void c.TF_DeleteFunction(makeFunction(growing, name, inputs, outputs)),
    registerKernel: (name, inputs, outputs) => ({
      name,
      handle: makeFunction(growing, name, inputs, outputs),
      results: outputs,
    }),
    call: (kernel, inputs) => addCall(growing, kernel, inputs),
    dispose: () => void c.TF_DeleteGraph(graph),
  };
}

import { InputError } from '../errors';
import { attributeSetter } from './attributes';
import type { CApi } from './c-api';
import { type Argument, opArguments } from './op-def';
import { type OpAttribute, TYPES } from './types';

/** A value in a graph: which output of which of its operations, with data type and shape. */
export interface Value {
  /** TF_Output as the C API takes it. */
  readonly source: { readonly operation: number; readonly index: number };
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** A graph that grows op by op and becomes a function. Nothing is computed in it: TensorFlow infers shapes only. */
export interface Graph {
  /** An argument of the function. */
  argument(dtype: number, shape: readonly number[]): Value;
  /** A constant with the content of an eager tensor. */
  constant(handle: number): Value;
  /**
   * An operation as eager execution would run it.
   * @throws InputError for one whose result has a shape that depends on data
   */
  operation(name: string, attributes: readonly OpAttribute[], inputs: readonly Value[]): Value[];
  /** Registers the graph as a function that eager execution calls by name. */
  register(name: string, inputs: readonly Value[], outputs: readonly Value[]): void;
  dispose(): void;
}

/** The inputs of an operation, one entry for each of its arguments; a list where the argument is one. */
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

/** TF_Output values in a row, as memory. */
function packed(values: readonly Value[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 * Math.max(1, values.length)));
  values.forEach(({ source: { operation, index } }, i) => {
    view.setBigUint64(16 * i, BigInt(operation), true);
    view.setInt32(16 * i + 8, index, true);
  });
  return new Uint8Array(view.buffer);
}

const attribute = (name: string, type: number, value: unknown): OpAttribute => ({ name, type, value });

/** An empty graph of a context. @param ok throws when the last call failed */
export function openGraph(c: CApi, status: number, context: number, ok: () => void): Graph {
  const graph = c.TF_NewGraph();
  const setAttribute = attributeSetter(c, 'TF_SetAttr', status);
  let serial = 0;

  const valueAt = (name: string, operation: number, index: number): Value => {
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
  };

  /** Adds an operation; `prepare` sets its inputs and attributes. */
  const add = (name: string, prepare: (description: number) => void): Value[] => {
    const description = c.TF_NewOperation(graph, name, `${name}${serial++}`);
    prepare(description);
    const operation = c.TF_FinishOperation(description, status);
    ok();
    return Array.from({ length: c.TF_OperationNumOutputs(operation) }, (_, i) => valueAt(name, operation, i));
  };

  const operation: Graph['operation'] = (name, attributes, inputs) => {
    const groups = grouped(opArguments(c, graph, name, status, ok), attributes, inputs);
    return add(name, (description) => {
      for (const group of groups) {
        if ('source' in group) c.TF_AddInput(description, group.source);
        else c.TF_AddInputList(description, packed(group), group.length);
      }
      attributes.forEach((one) => setAttribute(description, one));
    });
  };

  return {
    operation,
    argument: (dtype, shape) =>
      operation(
        'Placeholder',
        [attribute('dtype', TYPES.TF_ATTR_TYPE, dtype), attribute('shape', TYPES.TF_ATTR_SHAPE, shape)],
        [],
      )[0]!,
    constant(handle) {
      const tensor = c.TFE_TensorHandleResolve(handle, status);
      ok();
      const [value] = add('Const', (description) => {
        c.TF_SetAttrType(description, 'dtype', c.TFE_TensorHandleDataType(handle));
        c.TF_SetAttrTensor(description, 'value', tensor, status);
        c.TF_DeleteTensor(tensor);
      });
      return value!;
    },
    register(name, inputs, outputs) {
      // A function may return neither an argument nor one value twice.
      const distinct = outputs.map(
        (value) => operation('Identity', [attribute('T', TYPES.TF_ATTR_TYPE, value.dtype)], [value])[0]!,
      );
      const [given, returned] = [packed(inputs), packed(distinct)];
      const [all, none] = [-1, 0];
      const made = c.TF_GraphToFunction(
        ...[graph, name, 0, all, none, inputs.length, given, outputs.length, returned],
        ...[none, none, null, status],
      );
      ok();
      c.TFE_ContextAddFunction(context, made, status);
      c.TF_DeleteFunction(made);
      ok();
    },
    dispose: () => void c.TF_DeleteGraph(graph),
  };
}

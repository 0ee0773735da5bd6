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

/** A function of the context, as other graphs refer to it. Lives as long as the process. */
export interface Kernel {
  readonly name: string;
  /** TF_Function. */
  readonly handle: number;
  /** Its results, whose shapes TensorFlow does not infer for calls. */
  readonly results: readonly Pick<Value, 'dtype' | 'shape'>[];
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
  /** Registers the graph as a function that other graphs call. */
  registerKernel(name: string, inputs: readonly Value[], outputs: readonly Value[]): Kernel;
  /** The call of such a function, which XLA compiles. */
  call(kernel: Kernel, inputs: readonly Value[]): Value[];
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
  const finish = (name: string, prepare: (description: number) => void): number => {
    const description = c.TF_NewOperation(graph, name, `${name}${serial++}`);
    prepare(description);
    const operation = c.TF_FinishOperation(description, status);
    ok();
    return operation;
  };
  const add = (name: string, prepare: (description: number) => void): Value[] => {
    const operation = finish(name, prepare);
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

  /** Registers what has been added so far; gives the TF_Function. */
  const makeFunction = (name: string, inputs: readonly Value[], outputs: readonly Value[]): number => {
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
    ok();
    return made;
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
    register: (name, inputs, outputs) => void c.TF_DeleteFunction(makeFunction(name, inputs, outputs)),
    registerKernel: (name, inputs, outputs) => ({
      name,
      handle: makeFunction(name, inputs, outputs),
      results: outputs,
    }),
    call({ name, handle, results }, inputs) {
      c.TF_GraphCopyFunction(graph, handle, 0, status);
      ok();
      const called = finish(name, (description) => {
        for (const { source } of inputs) c.TF_AddInput(description, source);
        setAttribute(description, attribute('_XlaMustCompile', TYPES.TF_ATTR_BOOL, true));
      });
      return results.map(({ dtype, shape }, index) => {
        const source = { operation: called, index };
        c.TF_GraphSetTensorShape(graph, source, BigInt64Array.from(shape, BigInt), shape.length, status);
        ok();
        return { source, dtype, shape };
      });
    },
    dispose: () => void c.TF_DeleteGraph(graph),
  };
}

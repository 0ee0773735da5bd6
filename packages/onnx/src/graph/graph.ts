import type { Attribute, GraphNode, GraphValue, Initializer } from '../format/model-file';
import type { TensorType } from '../format/tensor-type';

/** Name of a value in a graph. */
export type Value = string;

/** Numbers that are known when the graph is made, or read only when its file is written. */
type Numbers = ArrayBufferView | (() => ArrayBufferView | Promise<ArrayBufferView>);

const bytesIn = (numbers: ArrayBufferView): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** A graph under way: what is added to it, and the names of what came of that. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** A value that enters. */
  input(name: string, type: TensorType, dims: readonly (number | string)[]): Value;
  /** Gives a value the name under which it leaves. */
  output(name: string, value: Value, dims: readonly (number | string)[]): void;
  /** A constant. */
  constant(type: TensorType, dims: readonly number[], numbers: Numbers): Value;
  /** Whole numbers as a constant list. */
  integers(...values: number[]): Value;
  /** A whole number as a constant. */
  integer(value: number): Value;
  /** A number as a constant. */
  number(value: number): Value;
  /** The result of an operation. */
  add(operator: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  /** The results of an operation that has several. */
  addAll(operator: string, inputs: readonly Value[], results: number): Value[];
  /** The equal parts of a value along an axis. */
  split(value: Value, axis: number, parts: number): Value[];
}

/** An empty graph. */
export function createGraph(): Graph {
  const nodes: GraphNode[] = [];
  const initializers: Initializer[] = [];
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const constant: Graph['constant'] = (type, dims, numbers) => {
    const name = `constant_${initializers.length}`;
    const bytes = async () => bytesIn(typeof numbers === 'function' ? await numbers() : numbers);
    initializers.push({ name, type, dims, bytes });
    return name;
  };
  const place = (
    operator: string,
    given: readonly Value[],
    attributes: GraphNode['attributes'],
    count = 1,
  ): Value[] => {
    const name = `${operator}_${nodes.length}`;
    const results = count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}_${i}`);
    nodes.push({ operator, name, inputs: given, outputs: results, attributes });
    return results;
  };
  return {
    ...{ nodes, initializers, inputs, outputs, constant },
    input(name, type, dims) {
      inputs.push({ name, type, dims });
      return name;
    },
    output(name, value, dims) {
      nodes.push({
        operator: 'Identity',
        name: `Identity_${nodes.length}`,
        inputs: [value],
        outputs: [name],
        attributes: {},
      });
      outputs.push({ name, type: 'float', dims });
    },
    integers: (...values) => constant('int64', [values.length], BigInt64Array.from(values, BigInt)),
    integer: (value) => constant('int64', [], BigInt64Array.of(BigInt(value))),
    number: (value) => constant('float', [], Float32Array.of(value)),
    add: (operator, given, attributes = {}) => place(operator, given, attributes)[0]!,
    addAll: (operator, given, results) => place(operator, given, {}, results),
    split: (value, axis, parts) => place('Split', [value], { axis, num_outputs: parts }, parts),
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { rowsAfter, zeroAfter } from './after';
import { detach } from './detach';
import { differentiable } from './differentiable';
import { gradientsAt } from './recompute';

/** What is computed row by row. */
export interface RowInputs {
  /** float32 tensors of N rows, [N, …], that gradients reach. */
  readonly rows: readonly Tensor[];
  /** float32 tensors that each row depends on, such as weights, and that gradients reach. */
  readonly shared: readonly Tensor[];
  /** Tensors of N rows that are constants to every gradient, of any type. */
  readonly constantRows: readonly Tensor[];
  /** Tensors that each row depends on and that are constants to every gradient, of any type. */
  readonly constants: readonly Tensor[];
}

/** Some rows of the inputs, from row `start` on, and what all rows share. */
export interface Part extends RowInputs {
  readonly start: number;
}

/** The result of some rows, [n, …]: pure, and reading nothing but its argument. */
export type RowFunction = (part: Part) => Tensor;

/** Where the parts of N rows start, and their sizes: as even as can be, so that few shapes occur. */
function partsOf(rows: number, most: number): (readonly [start: number, count: number])[] {
  const size = Math.ceil(rows / Math.ceil(rows / most));
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => [i * size, Math.min(size, rows - i * size)]);
}

/** The inputs of one part, which waits for all of `earlier`. */
function partAt(inputs: RowInputs, start: number, count: number, earlier: readonly Tensor[]): Part {
  const zero = earlier.length ? zeroAfter(earlier, 'int32') : undefined;
  const own = (tensor: Tensor) => rowsAfter(tensor, start, count, zero);
  return { ...inputs, start, rows: inputs.rows.map(own), constantRows: inputs.constantRows.map(own) };
}

const listOf = ({ rows, shared, constantRows, constants }: RowInputs): Tensor[] => [
  ...rows,
  ...shared,
  ...constantRows,
  ...constants,
];

/** The inputs again, from tensors in the order of `listOf`. */
function inputsOf({ rows, shared, constantRows, constants }: RowInputs, list: readonly Tensor[]): RowInputs {
  let at = 0;
  const take = ({ length }: readonly Tensor[]) => list.slice(at, (at += length));
  return { rows: take(rows), shared: take(shared), constantRows: take(constantRows), constants: take(constants) };
}

/** a + b, tensor by tensor; both are freed. */
const addUp = (a: readonly Tensor[], b: readonly Tensor[]): Tensor[] => {
  const sums = a.map((tensor, i) => tf.add(tensor, b[i]!));
  tf.dispose([...a, ...b]);
  return sums;
};

/** Gradients of all rows, part by part, and sums of those of what they share. */
function gradientsInParts(inputs: RowInputs, fn: RowFunction, most: number, dy: Tensor): Tensor[] {
  const { rows, shared } = inputs;
  const own: Tensor[][] = rows.map(() => []);
  let sums: readonly Tensor[] | undefined;
  for (const [start, count] of partsOf(dy.shape[0]!, most)) {
    // What a part still has to compute would be there beside the next. Not all sums: of what nobody trains they are never computed.
    const earlier = [...own.flatMap((gradients) => gradients.slice(-1)), ...(sums?.slice(0, 1) ?? [])];
    const part = partAt(inputs, start, count, earlier);
    const gradients = gradientsAt(
      (list) => fn({ ...part, rows: list.slice(0, rows.length), shared: list.slice(rows.length) }),
      [...part.rows, ...shared],
      rowsAfter(dy, start, count),
    );
    rows.forEach((_, i) => own[i]!.push(gradients[i]!));
    const more = gradients.slice(rows.length);
    sums = sums ? addUp(sums, more) : more;
  }
  return [...own.map((gradients) => tf.concat(gradients, 0)), ...sums!];
}

/**
 * fn of all N rows, [N, …], for at most `most` of them at a time, one part after another; for the gradient each part is computed
 * again. What lies between rows and results, such as logits, is there for one part at a time. Where all rows are one part, this is
 * fn alone.
 */
export function inParts(inputs: RowInputs, most: number, fn: RowFunction): Tensor {
  const { rows, shared, constantRows } = inputs;
  const count = (rows[0] ?? constantRows[0])!.shape[0]!;
  if (count <= most) return fn({ ...inputs, start: 0 });
  const value = () => {
    const results: Tensor[] = [];
    for (const [start, size] of partsOf(count, most))
      results.push(tf.tidy(() => fn(partAt(inputs, start, size, results.slice(-1)))));
    return tf.concat(results, 0);
  };
  if (rows.length + shared.length === 0) return detach(value);
  return differentiable({
    inputs: [...rows, ...shared],
    forward: () => ({ value: value(), saved: listOf(inputs) }),
    backward: (dy, saved) => gradientsInParts(inputsOf(inputs, saved), fn, most, dy),
  });
}

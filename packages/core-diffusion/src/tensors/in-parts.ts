import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { rowsAfter, zeroAfter } from './after';
import { detach } from './detach';
import { differentiable } from './differentiable';
import { gradientsAt } from './recompute';

/** What is computed slot by slot: of N entries along the first axis of tensors, such as the N logits [N, V] of a loss. */
export interface SlotInputs {
  /** float32 tensors of N slots, [N, …], that gradients reach. */
  readonly perSlot: readonly Tensor[];
  /** float32 tensors that each slot depends on, such as weights, and that gradients reach. */
  readonly shared: readonly Tensor[];
  /** Tensors of N slots, [N, …], that are constants to every gradient, of any type. */
  readonly constantPerSlot: readonly Tensor[];
  /** Tensors that each slot depends on and that are constants to every gradient, of any type. */
  readonly constants: readonly Tensor[];
}

/** Some slots of the inputs, from slot `start` on, and what all slots share. */
export interface Part extends SlotInputs {
  readonly start: number;
}

/** The result of some slots, [n, …]: pure, and reading nothing but its argument. */
export type SlotFunction = (part: Part) => Tensor;

/** Where the parts of N slots start, and their sizes: as even as can be, so that few shapes occur. */
function partsOf(slots: number, most: number): (readonly [start: number, count: number])[] {
  const size = Math.ceil(slots / Math.ceil(slots / most));
  return Array.from({ length: Math.ceil(slots / size) }, (_, i) => [i * size, Math.min(size, slots - i * size)]);
}

/** The inputs of one part, which waits for all of `earlier`. */
function partAt(inputs: SlotInputs, start: number, count: number, earlier: readonly Tensor[]): Part {
  const zero = earlier.length ? zeroAfter(earlier, 'int32') : undefined;
  const own = (tensor: Tensor) => rowsAfter(tensor, start, count, zero);
  return { ...inputs, start, perSlot: inputs.perSlot.map(own), constantPerSlot: inputs.constantPerSlot.map(own) };
}

const listOf = ({ perSlot, shared, constantPerSlot, constants }: SlotInputs): Tensor[] => [
  ...perSlot,
  ...shared,
  ...constantPerSlot,
  ...constants,
];

/** The inputs again, from tensors in the order of `listOf`. */
function inputsOf({ perSlot, shared, constantPerSlot, constants }: SlotInputs, list: readonly Tensor[]): SlotInputs {
  let at = 0;
  const take = ({ length }: readonly Tensor[]) => list.slice(at, (at += length));
  return {
    perSlot: take(perSlot),
    shared: take(shared),
    constantPerSlot: take(constantPerSlot),
    constants: take(constants),
  };
}

/** a + b, tensor by tensor; both are freed. */
const addUp = (a: readonly Tensor[], b: readonly Tensor[]): Tensor[] => {
  const sums = a.map((tensor, i) => tf.add(tensor, b[i]!));
  tf.dispose([...a, ...b]);
  return sums;
};

/** Gradients of all slots, part by part, and sums of those of what they share. */
function gradientsInParts(inputs: SlotInputs, fn: SlotFunction, most: number, dy: Tensor): Tensor[] {
  const { perSlot, shared } = inputs;
  const own: Tensor[][] = perSlot.map(() => []);
  let sums: readonly Tensor[] | undefined;
  for (const [start, count] of partsOf(dy.shape[0]!, most)) {
    // What a part still has to compute would be there beside the next. Not all sums: of what nobody trains they are never computed.
    const earlier = [...own.flatMap((gradients) => gradients.slice(-1)), ...(sums?.slice(0, 1) ?? [])];
    const part = partAt(inputs, start, count, earlier);
    const gradients = gradientsAt(
      (list) => fn({ ...part, perSlot: list.slice(0, perSlot.length), shared: list.slice(perSlot.length) }),
      [...part.perSlot, ...shared],
      rowsAfter(dy, start, count),
    );
    perSlot.forEach((_, i) => own[i]!.push(gradients[i]!));
    const more = gradients.slice(perSlot.length);
    sums = sums ? addUp(sums, more) : more;
  }
  return [...own.map((gradients) => tf.concat(gradients, 0)), ...sums!];
}

/**
 * fn of all N slots, [N, …], for at most `most` of them at a time, one part after another; for the gradient each part is computed
 * again. What lies between inputs and results, such as logits, is there for one part at a time. Where all slots are one part, this is
 * fn alone.
 */
export function inParts(inputs: SlotInputs, most: number, fn: SlotFunction): Tensor {
  const { perSlot, shared, constantPerSlot } = inputs;
  const count = (perSlot[0] ?? constantPerSlot[0])!.shape[0]!;
  if (count <= most) return fn({ ...inputs, start: 0 });
  const value = () => {
    const results: Tensor[] = [];
    for (const [start, size] of partsOf(count, most))
      results.push(tf.tidy(() => fn(partAt(inputs, start, size, results.slice(-1)))));
    return tf.concat(results, 0);
  };
  if (perSlot.length + shared.length === 0) return detach(value);
  return differentiable({
    inputs: [...perSlot, ...shared],
    forward: () => ({ value: value(), saved: listOf(inputs) }),
    backward: (dy, saved) => gradientsInParts(inputsOf(inputs, saved), fn, most, dy),
  });
}

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Named groups of named tensors: what a step takes and gives, before it becomes one list for the engine. */
export type TensorGroups = Readonly<Record<string, Readonly<Record<string, Tensor>>>>;

/** Names of groups and of their tensors, in the order of the list. */
export type Layout = readonly (readonly [group: string, names: readonly string[]])[];

/** The names of some groups. */
export const layoutOf = (groups: TensorGroups): Layout =>
  Object.entries(groups).map(([group, tensors]) => [group, Object.keys(tensors)]);

/** All tensors as one list, by the names of a layout. */
export const pack = (groups: TensorGroups, layout: Layout): Tensor[] =>
  layout.flatMap(([group, names]) => names.map((name) => groups[group]![name]!));

/** The groups again. */
export function unpack(list: readonly Tensor[], layout: Layout): Record<string, Record<string, Tensor>> {
  let at = 0;
  return Object.fromEntries(
    layout.map(([group, names]) => [group, Object.fromEntries(names.map((name) => [name, list[at++]!]))]),
  );
}

/** Frees every tensor of some groups. */
export const freeGroups = (groups: TensorGroups): void =>
  Object.values(groups).forEach((group) => Object.values(group).forEach((tensor) => tensor.dispose()));

/** a + b, tensor by tensor; both are freed. */
export function addGroups(a: TensorGroups, b: TensorGroups): TensorGroups {
  const layout = layoutOf(a);
  const [left, right] = [pack(a, layout), pack(b, layout)];
  const sums = left.map((tensor, i) => tf.add(tensor, right[i]!));
  [...left, ...right].forEach((tensor) => tensor.dispose());
  return unpack(sums, layout);
}

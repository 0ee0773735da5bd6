import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The names of an object of tensors, or of such objects, in the order of its list: a name, and where it is a group its own. */
export type Structure = readonly (readonly [name: string, group?: Structure])[];

/** The names of tensors, and of groups of them; members that are `undefined` are none. */
export const structureOf = (named: object): Structure =>
  Object.entries(named)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value instanceof tf.Tensor ? [name] : [name, structureOf(value as object)]));

/** All tensors as one list, in the order of a structure. */
export const pack = (named: object, structure: Structure): Tensor[] =>
  structure.flatMap(([name, group]) => {
    const value = (named as Record<string, Tensor | object>)[name]!;
    return group ? pack(value, group) : [value as Tensor];
  });

/** The object again. */
export function unpack<Named extends object>(list: readonly Tensor[], structure: Structure): Named {
  let next = 0;
  const take = (names: Structure): object =>
    Object.fromEntries(names.map(([name, group]) => [name, group ? take(group) : list[next++]!]));
  return take(structure) as Named;
}

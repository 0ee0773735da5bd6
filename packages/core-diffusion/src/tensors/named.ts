import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The names of an object of tensors, or of such objects, in the order of its list: a name, and where it is a group its own. */
export type Layout = readonly (readonly [name: string, group?: Layout])[];

/** The names of tensors, and of groups of them; members that are `undefined` are none. */
export const layoutOf = (named: object): Layout =>
  Object.entries(named)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value instanceof tf.Tensor ? [name] : [name, layoutOf(value as object)]));

/** All tensors as one list, in the order of a layout. */
export const pack = (named: object, layout: Layout): Tensor[] =>
  layout.flatMap(([name, group]) => {
    const value = (named as Record<string, Tensor | object>)[name]!;
    return group ? pack(value, group) : [value as Tensor];
  });

/** The object again. */
export function unpack<Named extends object>(list: readonly Tensor[], layout: Layout): Named {
  let next = 0;
  const take = (names: Layout): object =>
    Object.fromEntries(names.map(([name, group]) => [name, group ? take(group) : list[next++]!]));
  return take(layout) as Named;
}

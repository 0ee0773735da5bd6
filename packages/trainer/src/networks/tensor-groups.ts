import { layoutOf, pack, unpack } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';

/** Frees every tensor of an object of tensors and of such objects. */
export const freeGroups = (groups: object): void =>
  pack(groups, layoutOf(groups)).forEach((tensor) => tensor.dispose());

/** a + b, tensor by tensor, of two objects with the same names; both are freed. */
export function addGroups<Groups extends object>(a: Groups, b: Groups): Groups {
  const layout = layoutOf(a);
  const [left, right] = [pack(a, layout), pack(b, layout)];
  const sums = left.map((tensor, i) => {
    const sum = tf.add(tensor, right[i]!);
    // At once: two copies of a large network's gradients and their sum would be three.
    tf.dispose([tensor, right[i]!]);
    return sum;
  });
  return unpack(sums, layout);
}

import { structureOf, pack, unpack } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';

/** Frees every tensor of an object of tensors and of such objects. */
export const freeGroups = (groups: object): void =>
  pack(groups, structureOf(groups)).forEach((tensor) => tensor.dispose());

/** a + b, tensor by tensor, of two objects with the same names; both are freed. */
export function addGroups<Groups extends object>(a: Groups, b: Groups): Groups {
  const structure = structureOf(a);
  const [left, right] = [pack(a, structure), pack(b, structure)];
  const sums = left.map((tensor, i) => {
    const sum = tf.add(tensor, right[i]!);
    // At once: two copies of a large network's gradients and their sum would be three.
    tf.dispose([tensor, right[i]!]);
    return sum;
  });
  return unpack(sums, structure);
}

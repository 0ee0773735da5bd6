import { type DenoiserInput, type Part, inParts, joined, slotsPerPart } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Tokens, a latent, or weighted tokens as vectors, [B, L, H], of the table E [V, H]; see `DenoiserInput`:
 *
 *     ids x            E_x
 *     latent w         Σ_v softmax(w)_v E_v
 *     the k largest    Σ_k weight_k E_{id_k}
 *
 * A one-hot softmax gives the row of its token, so that soft inputs continue hard ones.
 */
export function embed(table: Tensor, input: DenoiserInput): Tensor {
  const hidden = table.shape[1]!;
  if ('ids' in input) return tf.gather(table, input.ids);
  if ('latent' in input) {
    const [batch, length, width] = input.latent.shape as [number, number, number];
    return tf.reshape(tf.matMul(tf.reshape(tf.softmax(input.latent), [-1, width]), table), [batch, length, hidden]);
  }
  if ('latentSource' in input) {
    const { latentSource: source, shape } = input;
    const both = joined(source, { perSlot: [], shared: [table], constantPerSlot: [], constants: [] });
    const embedded = inParts(both.inputs, slotsPerPart(table.shape[0]!), (part) => {
      const [own, { shared }] = both.split(part) as [Part, Part];
      return tf.matMul(tf.softmax(source.at(own)), shared[0]!);
    });
    return tf.reshape(embedded, [...shape, hidden]);
  }
  const rows = tf.gather(table, input.topIds);
  return tf.sum(tf.mul(rows, tf.expandDims(input.topWeights, -1)), 2);
}

/** Batch and length of an input. */
export function inputShape(input: DenoiserInput): readonly [batch: number, length: number] {
  if ('latentSource' in input) return input.shape;
  const { shape } = 'ids' in input ? input.ids : 'latent' in input ? input.latent : input.topIds;
  return [shape[0], shape[1]!];
}

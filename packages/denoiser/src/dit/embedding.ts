import type { DenoiserInput } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Tokens, a latent, or weighted tokens as vectors, [B, L, H]; see `DenoiserInput`. */
export function embed(table: Tensor, input: DenoiserInput): Tensor {
  const hidden = table.shape[1]!;
  if ('ids' in input) return tf.gather(table, input.ids);
  if ('latent' in input) {
    const [batch, length, width] = input.latent.shape as [number, number, number];
    return tf.reshape(tf.matMul(tf.reshape(tf.softmax(input.latent), [-1, width]), table), [batch, length, hidden]);
  }
  const rows = tf.gather(table, input.topIds);
  return tf.sum(tf.mul(rows, tf.expandDims(input.topWeights, -1)), 2);
}

/** Batch and length of an input. */
export function inputShape(input: DenoiserInput): readonly [batch: number, length: number] {
  const { shape } = 'ids' in input ? input.ids : 'latent' in input ? input.latent : input.topIds;
  return [shape[0], shape[1]!];
}

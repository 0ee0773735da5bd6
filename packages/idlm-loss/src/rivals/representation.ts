import { type Denoiser, type Parameters, existingRow, isSoft } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The head's weights, by which a network's last hidden state becomes logits. */
const HEAD = 'output_layer.linear';

/** The same network with its head replaced by the identity, so that its logits are its last hidden state. */
function headless(parameters: Parameters): Parameters | undefined {
  const head = parameters[`${HEAD}.weight`];
  if (!head) return undefined;
  const hidden = head.shape[1]!;
  return { ...parameters, [`${HEAD}.weight`]: tf.eye(hidden), [`${HEAD}.bias`]: tf.zeros([hidden]) };
}

/**
 * A frozen network's representations of clean tokens at flat positions, [N, H]: its last hidden state, normalised and
 * modulated as the head reads it, at noise 0. Networks without the reference's head weights give their logits less the
 * mean, [N, V].
 * @param ids [B, L] int32
 * @param positions [N] int32
 */
export function representationsAt(denoiser: Denoiser, network: Parameters, ids: Tensor, positions: Tensor): Tensor {
  const bare = headless(network);
  const output = denoiser.apply(bare ?? network, { ids }, tf.zeros([ids.shape[0]!]), { positions });
  return bare ? output : tf.sub(output, tf.mean(output, 1, true));
}

/** Rows [N, H] as [B, L, H], at their flat positions; anything elsewhere. @param rowOf int32 [B·L], −1 for none */
export const inPlace = (rows: Tensor, rowOf: Tensor, [batch, length]: readonly [number, number]): Tensor =>
  tf.reshape(tf.gather(rows, existingRow(rowOf) as tf.Tensor1D), [batch, length, -1]);

/** 1 at flat positions that have a row, [B, L]. @param rowOf int32 [B·L], −1 for none */
export const chosenTokens = (rowOf: Tensor, shape: readonly [number, number]): Tensor =>
  tf.reshape(tf.cast(isSoft(rowOf), 'float32'), [...shape]);

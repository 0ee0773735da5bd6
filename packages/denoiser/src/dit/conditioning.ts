import type { Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { silu } from '../layers/activations';
import { linear } from '../layers/linear';
import { FREQUENCY_CHANNELS } from './parameters';

/**
 * [cos(σ f_0), …, cos(σ f_127), sin(σ f_0), …, sin(σ f_127)] with f_j = 10000^(−j/128), [B, 256]. Not t and not scaled: σ itself.
 * @param sigma σ = −ln α(t) ≥ 0 of each batch row, [B]
 * Source: MDLM repository, `TimestepEmbedder`, after Nichol et al. (GLIDE).
 */
export function noiseEmbedding(sigma: Tensor): Tensor {
  const half = FREQUENCY_CHANNELS / 2;
  const frequencies = Float32Array.from({ length: half }, (_, j) => Math.exp((-Math.log(10000) * j) / half));
  const angles = tf.mul(tf.reshape(sigma, [-1, 1]), tf.tensor2d(frequencies, [1, half]));
  return tf.concat([tf.cos(angles), tf.sin(angles)], 1);
}

/** The noise level as the blocks see it before their last silu, W₂ silu(W₁ emb(σ) + b₁) + b₂, [B, C]. */
export function noiseFeatures(parameters: Parameters, sigma: Tensor): Tensor {
  const layer = (i: number, x: Tensor) =>
    linear(x, parameters[`sigma_map.mlp.${i}.weight`]!, parameters[`sigma_map.mlp.${i}.bias`]);
  return layer(2, silu(layer(0, noiseEmbedding(sigma))));
}

/** The name of the conditioning among the parameters, where it is known in advance. */
export const CONDITIONING = 'conditioning';

/**
 * Conditioning c = silu(features), [B, C]; a single row for all, [1, C], when the network does not look at the noise
 * level, so that modulations are computed once instead of per row.
 * @param sigma σ = −ln α(t) of each batch row, [B]
 * @param timeConditioned false: σ counts as 0
 */
export const conditioning = (parameters: Parameters, sigma: Tensor, timeConditioned: boolean): Tensor =>
  parameters[CONDITIONING] ?? silu(noiseFeatures(parameters, timeConditioned ? sigma : tf.zeros([1])));

/** The name of a modulation among the parameters, where it is known in advance. */
const knownModulation = (name: string): string => `${name}.modulation`;

/** The chunks of a layer's modulation side by side, [B or 1, chunks · H]. */
const packedModulation = (parameters: Parameters, name: string, c: Tensor): Tensor =>
  linear(c, parameters[`${name}.adaLN_modulation.weight`]!, parameters[`${name}.adaLN_modulation.bias`]);

/**
 * The chunks of an adaLN modulation W c + b, each [B or 1, 1, H]: shift, scale and gate of a block's attention, then of its MLP; shift and
 * scale of the output layer. All zero at first, so that fresh blocks pass on what they are given.
 * @param name of the layer's parameters, such as `blocks.0.adaLN_modulation`
 * @param c the conditioning, [B or 1, C]
 * @param chunks 6 for a block, 2 for the output layer
 * Source: Peebles & Xie (arXiv 2212.09748), adaLN-Zero.
 */
export function modulation(parameters: Parameters, name: string, c: Tensor, chunks: number): Tensor[] {
  const packed = parameters[knownModulation(name)] ?? packedModulation(parameters, name, c);
  return tf.split(tf.expandDims(packed, 1), chunks, 2);
}

/** The modulations of layers of these names where all rows share their conditioning, [1, C]. */
export const constantModulations = (parameters: Parameters, names: readonly string[], c: Tensor): Parameters =>
  Object.fromEntries(names.map((name) => [knownModulation(name), packedModulation(parameters, name, c)]));

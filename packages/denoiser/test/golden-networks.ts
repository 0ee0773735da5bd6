import type { Parameters } from '@idlm/core-diffusion';
import { type GoldenCase, golden, goldenConfig } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import type { DitConfig } from '../src/dit/config';

/** A golden tensor on the device. The caller owns it. */
export const goldenTensor = (data: GoldenCase, name: string, dtype: 'float32' | 'int32' = 'float32'): tf.Tensor => {
  const { shape, values } = data.tensor(name);
  return tf.tensor(dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values), [...shape], dtype);
};

/** Weights of a golden case; the rotary buffer is not trained. The caller owns them. */
export function loadWeights(name: string): Parameters {
  const data = golden(name);
  const trained = data.names.filter((key) => !key.includes('rotary_emb'));
  return Object.fromEntries(trained.map((key) => [key.replace(/^backbone\./, ''), goldenTensor(data, key)]));
}

/** The sizes of a golden network: those of the set, and what its weights show. */
export function ditConfigOf(parameters: Parameters, timeConditioned: boolean): DitConfig {
  const sizes = goldenConfig();
  return {
    hidden: sizes['hidden']!,
    blocks: Object.keys(parameters).filter((key) => key.endsWith('attn_qkv.weight')).length,
    heads: sizes['heads']!,
    cond: sizes['cond']!,
    vocabSize: parameters['vocab_embed.embedding']!.shape[0],
    length: sizes['length']!,
    timeConditioned,
  };
}

/**
 * Checks the gradient of a loss in every weight of which `stored` holds one, by its largest difference as a share of its
 * largest entry, as the golden set advises.
 */
export function expectWeightGradients(
  loss: (parameters: Parameters) => tf.Scalar,
  parameters: Parameters,
  stored: GoldenCase,
): void {
  const names = Object.keys(parameters);
  const gradients = tf.grads((...values: tf.Tensor[]) =>
    loss(Object.fromEntries(names.map((key, i) => [key, values[i]!]))),
  )(names.map((key) => parameters[key]!));
  expect(stored.names.length).toBeGreaterThan(3);
  for (const name of stored.names) {
    const expected = stored.numbers(name);
    const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    const actual = gradients[names.indexOf(name.replace(/^backbone\./, ''))]!.dataSync();
    expect(actual).toBeCloseToArray(expected, { atol: 1e-3 * scale + 1e-9 });
  }
}

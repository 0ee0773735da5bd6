import type { Denoiser, NetworkConfig, Parameters } from '@idlm/core-diffusion';
import { type NetworkType, denoisers } from '@idlm/denoiser';
import * as tf from '@tensorflow/tfjs-core';

/** Sizes of a gated convolution. */
export interface GatedConfig extends NetworkConfig {
  readonly width: number;
}

const shapes = ({ vocabSize, width }: GatedConfig) => ({
  'tokens.table': [vocabSize, width],
  'left.kernel': [width, width],
  'right.kernel': [width, width],
  'gate.kernel': [width, width],
  'head.kernel': [width, vocabSize],
});

const times = (x: tf.Tensor, kernel: tf.Tensor) => tf.matMul(x, tf.tile(tf.expandDims(kernel, 0), [x.shape[0], 1, 1]));

/** Each token with what stands to its left and right, through a gate. No transformer. */
const gatedConvolution = (config: GatedConfig): Denoiser => ({
  describe: () => ({ type: 'gated-convolution', config }),
  vocabSize: config.vocabSize,
  timeConditioned: config.timeConditioned,
  apply: (weights, input, _sigma, { positions } = {}) =>
    tf.tidy(() => {
      const ids = (input as { ids: tf.Tensor2D }).ids;
      const x = tf.gather(weights['tokens.table']!, ids);
      const [length, width] = [ids.shape[1], config.width];
      const padded = tf.pad(x, [
        [0, 0],
        [1, 1],
        [0, 0],
      ]);
      const at = (from: number) => tf.slice(padded, [0, from, 0], [-1, length, width]);
      const sides = tf.add(times(at(0), weights['left.kernel']!), times(at(2), weights['right.kernel']!));
      const gated = tf.mul(tf.tanh(tf.add(sides, x)), tf.sigmoid(times(x, weights['gate.kernel']!)));
      const rows = tf.reshape(gated, [-1, width]);
      const chosen = positions ? tf.gather(rows, positions) : rows;
      const logits = tf.matMul(chosen, weights['head.kernel'] as tf.Tensor2D);
      return positions ? logits : tf.reshape(logits, [-1, length, config.vocabSize]);
    }),
});

const type: NetworkType<GatedConfig> = {
  description: 'a gated convolution over three tokens',
  create: gatedConvolution,
  shapes,
  initial: (config, random): Parameters =>
    Object.fromEntries(
      Object.entries(shapes(config)).map(([name, shape]) => {
        const values = random.split(name).normals(shape[0]! * shape[1]!);
        return [
          name,
          tf.tensor(
            Float32Array.from(values, (value) => 0.3 * value),
            shape,
          ),
        ];
      }),
    ),
};

/** Makes it known to whoever loads a model of it. */
export const registerGatedConvolution = (): void => denoisers.register('gated-convolution', type);

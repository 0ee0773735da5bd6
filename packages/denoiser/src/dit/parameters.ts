import type { Parameters, RandomStream } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Shapes } from '../networks/network-type';
import { type DitConfig, checkDitConfig } from './config';

/** Width of the sinusoidal embedding of σ. */
export const FREQUENCY_CHANNELS = 256;

/**
 * Names and shapes of all trained parameters, in the reference's module order and PyTorch's [out, in] layout. Of V tokens, width H and
 * conditioning C: V H for the embedding, 12 H² + 6 H C + 13 H for each block, V H + V + 2 H C + 3 H for the head, and
 * C² + 258 C for the map of σ.
 * @throws InputError for impossible sizes
 * Source: MDLM and Duo repositories, `DIT`.
 * @example
 * ```ts
 * import { PRESETS, dit, parameterCount, parameterShapes } from '@idlm/denoiser';
 *
 * const config = { ...PRESETS.small, vocabSize: 50258, timeConditioned: false };
 * console.log(parameterShapes(config)['blocks.0.attn_qkv.weight']); // → [ 2304, 768 ]
 * console.log(parameterCount(dit(config).describe())); // → 169627218
 * ```
 */
export function parameterShapes(config: DitConfig): Shapes {
  checkDitConfig(config);
  const { hidden: h, blocks, cond: c, vocabSize: k } = config;
  const shapes: Record<string, readonly number[]> = {
    'vocab_embed.embedding': [k, h],
    'sigma_map.mlp.0.weight': [c, FREQUENCY_CHANNELS],
    'sigma_map.mlp.0.bias': [c],
    'sigma_map.mlp.2.weight': [c, c],
    'sigma_map.mlp.2.bias': [c],
  };
  for (let i = 0; i < blocks; i++) {
    Object.assign(shapes, {
      [`blocks.${i}.norm1.weight`]: [h],
      [`blocks.${i}.attn_qkv.weight`]: [3 * h, h],
      [`blocks.${i}.attn_out.weight`]: [h, h],
      [`blocks.${i}.norm2.weight`]: [h],
      [`blocks.${i}.mlp.0.weight`]: [4 * h, h],
      [`blocks.${i}.mlp.0.bias`]: [4 * h],
      [`blocks.${i}.mlp.2.weight`]: [h, 4 * h],
      [`blocks.${i}.mlp.2.bias`]: [h],
      [`blocks.${i}.adaLN_modulation.weight`]: [6 * h, c],
      [`blocks.${i}.adaLN_modulation.bias`]: [6 * h],
    });
  }
  return Object.assign(shapes, {
    'output_layer.norm_final.weight': [h],
    'output_layer.linear.weight': [k, h],
    'output_layer.linear.bias': [k],
    'output_layer.adaLN_modulation.weight': [2 * h, c],
    'output_layer.adaLN_modulation.bias': [2 * h],
  });
}

/** Number of entries of a shape. */
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers of all parameters. */
export const sizeOfAll = (shapes: Shapes): number =>
  Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0);

/** Fan-in of a parameter: that of its own weight for biases. */
function fanIn(name: string, shapes: Shapes): number {
  const shape = shapes[name.replace(/\.bias$/, '.weight')]!;
  return shape[shape.length - 1]!;
}

/**
 * Initial values as the references draw them: U(−b, b) with b = 1/√fan_in, norm weights 1, and zero for every
 * adaLN_modulation and the output head, so that a new network is the identity with uniform predictions.
 */
export function initialParameters(config: DitConfig, random: RandomStream): Parameters {
  const shapes = parameterShapes(config);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      if (/norm/.test(name)) return [name, tf.ones([...shape])];
      if (/adaLN_modulation|output_layer\.linear/.test(name)) return [name, tf.zeros([...shape])];
      const bound = 1 / Math.sqrt(fanIn(name, shapes));
      const values = random.split(name).uniforms(sizeOf(shape));
      // In place: `from` with a function takes a minute for 170 million weights.
      for (let j = 0; j < values.length; j++) values[j] = bound * (2 * values[j]! - 1);
      return [name, tf.tensor(new Float32Array(values), [...shape])];
    }),
  );
}

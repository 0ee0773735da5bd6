import type { Parameters, RandomStream } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Shapes } from '../networks/network-type';
import { type Gpt2Config, checkGpt2Config } from './config';

/** A layer of a GPT-2: a product with [in, out], and what is added, [out]. */
const layer = (name: string, from: number, to: number): Shapes => ({
  [`${name}.weight`]: [from, to],
  [`${name}.bias`]: [to],
});

/** A layer norm of a GPT-2: what the normalised row is multiplied by and what is added, [H] each. */
const norm = (name: string, hidden: number): Shapes => ({ [`${name}.weight`]: [hidden], [`${name}.bias`]: [hidden] });

/**
 * Names and shapes of a GPT-2's weights, as its own module has them: layers are [in, out], and the head is the embedding.
 * @throws InputError for impossible sizes
 * Source: Radford et al. (2019), `model.py`; `GPT2Model` of transformers.
 */
export function gpt2Shapes(config: Gpt2Config): Shapes {
  checkGpt2Config(config);
  const { hidden: h, blocks, inner, vocabSize, length } = config;
  const shapes: Record<string, readonly number[]> = { 'wte.weight': [vocabSize, h], 'wpe.weight': [length, h] };
  for (let i = 0; i < blocks; i++)
    Object.assign(shapes, {
      ...norm(`h.${i}.ln_1`, h),
      ...layer(`h.${i}.attn.c_attn`, h, 3 * h),
      ...layer(`h.${i}.attn.c_proj`, h, h),
      ...norm(`h.${i}.ln_2`, h),
      ...layer(`h.${i}.mlp.c_fc`, h, inner),
      ...layer(`h.${i}.mlp.c_proj`, inner, h),
    });
  return Object.assign(shapes, norm('ln_f', h));
}

/** Standard deviation of fresh weights. */
const DEVIATION = 0.02;

/**
 * Fresh weights as GPT-2's were drawn: N(0, 0.02²), those of the projections that are added to the residual divided by √(2 · blocks),
 * norms 1, and what is added 0. The caller owns them.
 */
export function gpt2Initial(config: Gpt2Config, random: RandomStream): Parameters {
  return Object.fromEntries(
    Object.entries(gpt2Shapes(config)).map(([name, shape]) => {
      if (name.endsWith('.bias')) return [name, tf.zeros([...shape])];
      if (/ln_[12f]/.test(name)) return [name, tf.ones([...shape])];
      const deviation = name.endsWith('c_proj.weight') ? DEVIATION / Math.sqrt(2 * config.blocks) : DEVIATION;
      const values = random.split(name).normals(shape.reduce((a, b) => a * b, 1));
      for (let i = 0; i < values.length; i++) values[i]! *= deviation;
      return [name, tf.tensor(new Float32Array(values), [...shape])];
    }),
  );
}

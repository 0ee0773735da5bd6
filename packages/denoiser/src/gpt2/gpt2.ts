import { type Denoiser, type DenoiserInput, InputError, type OutputHead, type Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { embed, inputShape } from '../dit/embedding';
import { biasedGelu } from '../layers/activations';
import { attention } from '../layers/attention';
import { type Gpt2Config, checkGpt2Config } from './config';

/** A parameter by its name within a block or the whole. */
type Weight = (key: string) => Tensor;

/** LN(x) · weight + bias, with biased variance over the last axis. */
function layerNorm(x: Tensor, weight: Weight, name: string, epsilon: number): Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  const standard = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(standard, weight(`${name}.weight`)), weight(`${name}.bias`));
}

/** x W + b on rows, with W [in, out]. */
const layer = (x: Tensor, weight: Weight, name: string): Tensor =>
  tf.add(tf.matMul(x, weight(`${name}.weight`)), weight(`${name}.bias`));

/** One pre-norm block on rows [B·L, H]. */
function block({ heads, epsilon, hidden }: Gpt2Config, weight: Weight, x: Tensor, batch: number): Tensor {
  const shape = { batch, length: x.shape[0]! / batch, heads, channels: hidden / heads, causal: true, rotary: false };
  const attended = attention(layer(layerNorm(x, weight, 'ln_1', epsilon), weight, 'attn.c_attn'), shape);
  const between = tf.add(x, layer(attended, weight, 'attn.c_proj'));
  const normal = layerNorm(between, weight, 'ln_2', epsilon);
  const inner = biasedGelu(tf.matMul(normal, weight('mlp.c_fc.weight')), weight('mlp.c_fc.bias'));
  return tf.add(between, layer(inner, weight, 'mlp.c_proj'));
}

/** The states that the head reads, [B·L, H]: behind the last norm. */
function lastHidden(config: Gpt2Config, parameters: Parameters, input: DenoiserInput): Tensor {
  const [batch, length] = inputShape(input);
  const all: Weight = (key) => parameters[key]!;
  const places = tf.slice(all('wpe.weight'), [0, 0], [length, config.hidden]);
  let x: Tensor = tf.reshape(tf.add(embed(all('wte.weight'), input), places), [batch * length, config.hidden]);
  for (let i = 0; i < config.blocks; i++) {
    const entering = x;
    x = tf.tidy(() => block(config, (key) => all(`h.${i}.${key}`), entering, batch));
    entering.dispose();
  }
  return layerNorm(x, all, 'ln_f', config.epsilon);
}

/** @throws InputError for more tokens in a row than there are learned positions */
function checkInput({ length: most }: Gpt2Config, input: DenoiserInput): void {
  const [, length] = inputShape(input);
  if (length > most) throw new InputError(`This GPT-2 reads at most ${most} tokens; ${length} were given.`);
}

/** The head is the embedding again. */
const head: OutputHead = {
  weights: ['wte.weight'],
  apply: (parameters, hidden) => tf.matMul(hidden, parameters['wte.weight']!, false, true),
  byEntry: true,
};

/**
 * GPT-2: pre-norm blocks with learned positions, causal attention, GELU in tanh form, and a head that is the embedding. What judges the
 * texts of the published diffusion models; it reads no noise level.
 * @throws InputError for impossible sizes, or when applied to sequences longer than `config.length`
 * Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { freshParameters, gpt2 } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await openEngine({ prefer: 'wasm' });
 * const sizes = { hidden: 8, blocks: 1, heads: 2, inner: 32, epsilon: 1e-5, vocabSize: 28, length: 16 };
 * const network = gpt2({ ...sizes, timeConditioned: false });
 * const parameters = freshParameters(network.describe(), randomStream(1));
 * const ids = tf.zeros<tf.Rank.R2>([2, 16], 'int32');
 * console.log(network.apply(parameters, { ids }, tf.zeros([2])).shape); // → [ 2, 16, 28 ]
 * ```
 */
export function gpt2(given: Gpt2Config): Denoiser {
  checkGpt2Config(given);
  const config: Gpt2Config = { ...given, causal: true };
  const rows = (parameters: Parameters, input: DenoiserInput, positions?: Tensor): Tensor => {
    checkInput(config, input);
    const all = lastHidden(config, parameters, input);
    return positions ? tf.gather(all, positions as tf.Tensor1D) : all;
  };
  return {
    describe: () => ({ type: 'gpt2', config }),
    vocabSize: config.vocabSize,
    timeConditioned: false,
    apply: (parameters, input, _sigma, { positions } = {}) =>
      tf.tidy(() => {
        const logits = head.apply(parameters, rows(parameters, input, positions));
        return positions ? logits : tf.reshape(logits, [...inputShape(input), config.vocabSize]);
      }),
    hidden: (parameters, input, _sigma, positions) => tf.tidy(() => rows(parameters, input, positions)),
    head,
  };
}

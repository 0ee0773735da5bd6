import { type Denoiser, type DenoiserInput, InputError, type Json, type Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { biasedGelu } from '../layers/activations';
import { attention } from '../layers/attention';
import { linear } from '../layers/linear';
import { gatedResidual, modulatedNorm } from '../layers/modulation';
import { type DitConfig, checkDitConfig } from './config';
import { conditioning, modulation } from './conditioning';
import { embed, inputShape } from './embedding';

/** One transformer block, [B, L, H] to [B, L, H]. */
export function ditBlock(config: DitConfig, parameters: Parameters, index: number, x: Tensor, c: Tensor): Tensor {
  return tf.tidy(() => {
    const [batch, length, hidden] = x.shape as [number, number, number];
    const name = `blocks.${index}`;
    const weight = (key: string) => parameters[`${name}.${key}`]!;
    const [shift1, scale1, gate1, shift2, scale2, gate2] = modulation(parameters, name, c, 6) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const rows = (y: Tensor) => tf.reshape(y, [batch * length, -1]);
    const back = (y: Tensor) => tf.reshape(y, [batch, length, hidden]);
    const shape = {
      batch,
      length,
      heads: config.heads,
      channels: hidden / config.heads,
      causal: config.causal ?? false,
    };
    const attended = attention(
      linear(rows(modulatedNorm(x, weight('norm1.weight'), scale1, shift1)), weight('attn_qkv.weight')),
      shape,
    );
    const between = gatedResidual(x, back(linear(attended, weight('attn_out.weight'))), gate1);
    const inner = biasedGelu(
      linear(rows(modulatedNorm(between, weight('norm2.weight'), scale2, shift2)), weight('mlp.0.weight')),
      weight('mlp.0.bias'),
    );
    return gatedResidual(between, back(linear(inner, weight('mlp.2.weight'), weight('mlp.2.bias'))), gate2);
  });
}

/** Modulations of single rows: the one of each position's own batch row, or the shared one. */
function atRows(chunk: Tensor, positions: Tensor, length: number): Tensor {
  if (chunk.shape[0] === 1) return chunk;
  const row = tf.floorDiv(positions, tf.scalar(length, 'int32'));
  return tf.expandDims(tf.gather(tf.squeeze(chunk, [1]), row as tf.Tensor1D), 0);
}

/** The output head, on all positions [B, L, V] or on the given flat ones [N, V]. */
export function ditHead(parameters: Parameters, x: Tensor, c: Tensor, positions?: Tensor): Tensor {
  return tf.tidy(() => {
    const [batch, length, hidden] = x.shape as [number, number, number];
    const [shift, scale] = modulation(parameters, 'output_layer', c, 2) as [Tensor, Tensor];
    const norm = parameters['output_layer.norm_final.weight']!;
    const project = (y: Tensor) =>
      linear(
        tf.reshape(y, [-1, hidden]),
        parameters['output_layer.linear.weight']!,
        parameters['output_layer.linear.bias']!,
      );
    if (!positions) return tf.reshape(project(modulatedNorm(x, norm, scale, shift)), [batch, length, -1]);
    const chosen = tf.expandDims(tf.gather(tf.reshape(x, [-1, hidden]), positions as tf.Tensor1D), 0);
    return project(modulatedNorm(chosen, norm, atRows(scale, positions, length), atRows(shift, positions, length)));
  });
}

function checkInput(config: DitConfig, input: DenoiserInput): void {
  const [, length] = inputShape(input);
  if (length > config.length)
    throw new InputError(`The model reads at most ${config.length} tokens; a sequence of ${length} was given.`);
}

/**
 * The diffusion transformer of MDLM, Duo and SEDD: pre-norm blocks with rotary positions, adaLN conditioning on the total
 * noise σ, GELU in tanh form, untied head. A causal variant serves as autoregressive baseline and scorer.
 * @throws InputError for impossible sizes, or when applied to sequences longer than `config.length`
 * Source: MDLM repository, `models/dit.py`; Peebles & Xie (arXiv 2212.09748).
 */
export function dit(config: DitConfig): Denoiser {
  checkDitConfig(config);
  return {
    config: config as unknown as Readonly<Record<string, Json>>,
    vocabSize: config.vocabSize,
    timeConditioned: config.timeConditioned,
    apply(parameters, input, sigma, { positions } = {}) {
      checkInput(config, input);
      return tf.tidy(() => {
        const c = conditioning(parameters, sigma, config.timeConditioned);
        let x = embed(parameters['vocab_embed.embedding']!, input);
        for (let i = 0; i < config.blocks; i++) x = ditBlock(config, parameters, i, x, c);
        return ditHead(parameters, x, c, positions);
      });
    },
  };
}

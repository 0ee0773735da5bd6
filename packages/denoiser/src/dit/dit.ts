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

/** Attention of a block on its whole input [B, L, H], before its projection, [B·L, H]. */
function attend(config: DitConfig, weight: Weight, x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const [batch, length, hidden] = x.shape as [number, number, number];
  const heads = { heads: config.heads, channels: hidden / config.heads, causal: config.causal ?? false };
  const normal = tf.reshape(modulatedNorm(x, weight('norm1.weight'), scale, shift), [batch * length, hidden]);
  return attention(linear(normal, weight('attn_qkv.weight')), { batch, length, ...heads });
}

/** A parameter of a block by its name within it. */
type Weight = (key: string) => Tensor;
type Six = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

/**
 * One transformer block, [B, L, H] to [B, L, H]; to [1, N, H] where only some flat positions are asked for: all that follows
 * the attention concerns each position alone.
 */
export function ditBlock(
  config: DitConfig,
  parameters: Parameters,
  index: number,
  x: Tensor,
  c: Tensor,
  positions?: Tensor,
): Tensor {
  return tf.tidy(() => {
    const [, length, hidden] = x.shape as [number, number, number];
    const name = `blocks.${index}`;
    const weight: Weight = (key) => parameters[`${name}.${key}`]!;
    const [shift1, scale1, ...rest] = modulation(parameters, name, c, 6) as Six;
    const attended = attend(config, weight, x, scale1, shift1);
    const chosen = positions ? rowsAt(x, positions) : x;
    const at = (chunk: Tensor) => (positions ? atRows(chunk, positions, length) : chunk);
    const [gate1, shift2, scale2, gate2] = rest.map(at) as [Tensor, Tensor, Tensor, Tensor];
    const back = (y: Tensor) => tf.reshape(y, chosen.shape);
    const projected = linear(
      positions ? tf.squeeze(rowsAt(attended, positions), [0]) : attended,
      weight('attn_out.weight'),
    );
    const between = gatedResidual(chosen, back(projected), gate1);
    const normal = tf.reshape(modulatedNorm(between, weight('norm2.weight'), scale2, shift2), [-1, hidden]);
    const inner = biasedGelu(linear(normal, weight('mlp.0.weight')), weight('mlp.0.bias'));
    return gatedResidual(between, back(linear(inner, weight('mlp.2.weight'), weight('mlp.2.bias'))), gate2);
  });
}

/** Rows of [B, L, H] or [B·L, H] at flat positions, [1, N, H]. */
const rowsAt = (x: Tensor, positions: Tensor): Tensor =>
  tf.expandDims(tf.gather(tf.reshape(x, [-1, x.shape[x.rank - 1]!]), positions as tf.Tensor1D), 0);

/** Modulations of single rows: the one of each position's own batch row, or the shared one. */
function atRows(chunk: Tensor, positions: Tensor, length: number): Tensor {
  if (chunk.shape[0] === 1) return chunk;
  const row = tf.floorDiv(positions, tf.scalar(length, 'int32'));
  return tf.expandDims(tf.gather(tf.squeeze(chunk, [1]), row as tf.Tensor1D), 0);
}

/**
 * The output head, to [B, L, V]; to [N, V] on the rows [1, N, H] of chosen flat positions.
 * @param length L, where positions are chosen
 */
export function ditHead(
  parameters: Parameters,
  x: Tensor,
  c: Tensor,
  chosen?: { positions: Tensor; length: number },
): Tensor {
  return tf.tidy(() => {
    const [batch, length, hidden] = x.shape as [number, number, number];
    const [shift, scale] = modulation(parameters, 'output_layer', c, 2).map((chunk) =>
      chosen ? atRows(chunk, chosen.positions, chosen.length) : chunk,
    ) as [Tensor, Tensor];
    const normal = modulatedNorm(x, parameters['output_layer.norm_final.weight']!, scale, shift);
    const logits = linear(
      tf.reshape(normal, [-1, hidden]),
      parameters['output_layer.linear.weight']!,
      parameters['output_layer.linear.bias']!,
    );
    return chosen ? logits : tf.reshape(logits, [batch, length, -1]);
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
        const [, length] = inputShape(input);
        // What the last block computes after its attention is needed at the asked positions only.
        const last = config.blocks - 1;
        for (let i = 0; i < last; i++) x = ditBlock(config, parameters, i, x, c);
        x = ditBlock(config, parameters, last, x, c, positions);
        return ditHead(parameters, x, c, positions && { positions, length });
      });
    },
  };
}

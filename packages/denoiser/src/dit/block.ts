import { type Parameters, batchRowsAt } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { biasedGelu } from '../layers/activations';
import { attention } from '../layers/attention';
import { areFew, attentionAt } from '../layers/attention-at';
import { linear } from '../layers/linear';
import { gatedResidual, modulatedNorm } from '../layers/modulation';
import { modulation } from './conditioning';
import type { DitConfig } from './config';

/** A parameter of a block by its name within it. */
type Weight = (key: string) => Tensor;
type Six = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

const weightsOf =
  (parameters: Parameters, index: number): Weight =>
  (key) =>
    parameters[`blocks.${index}.${key}`]!;

/** [B, L, H] or [N, H] as one row for each position, [B·L, H] or [N, H], so that a layer is one product of two matrices. */
const inRows = (x: Tensor): Tensor => tf.reshape(x, [-1, x.shape[x.rank - 1]!]);

/** Rows of [B, L, H] or [B·L, H] at flat positions, [1, N, H]. */
const rowsAt = (x: Tensor, positions: Tensor): Tensor =>
  tf.expandDims(tf.gather(inRows(x), positions as tf.Tensor1D), 0);

/** Modulations [B or 1, 1, H] of single rows: the one of each position's own batch row, or the shared one. */
export function atRows(chunk: Tensor, positions: Tensor, length: number): Tensor {
  if (chunk.shape[0] === 1) return chunk;
  return tf.expandDims(tf.gather(tf.squeeze(chunk, [1]), batchRowsAt(positions, length) as tf.Tensor1D), 0);
}

/** How a block is applied. */
export interface BlockOptions {
  /** Flat positions whose results are wanted, int32 [N]. */
  readonly positions?: Tensor;
  /** The packed projection to queries, keys and values, where it is known already, [B·L, 3·H]. */
  readonly projected?: Tensor;
}

/** What a block projects to queries, keys and values: its input after norm and modulation, [B·L, H]. */
const normalRows = (weight: Weight, x: Tensor, scale: Tensor, shift: Tensor): Tensor =>
  inRows(modulatedNorm(x, weight('norm1.weight'), scale, shift));

/** A block's packed projection to queries, keys and values of what enters it, [B, L, H] to [B·L, 3·H]. */
export function project(parameters: Parameters, index: number, x: Tensor, c: Tensor): Tensor {
  const weight = weightsOf(parameters, index);
  const [shift, scale] = modulation(parameters, `blocks.${index}`, c, 6) as Six;
  return linear(normalRows(weight, x, scale, shift), weight('attn_qkv.weight'));
}

/** What attention gives a block before its projection: [B·L, H], or [N, H] at positions. */
function attend(config: DitConfig, weight: Weight, x: Tensor, scale: Tensor, shift: Tensor, options: BlockOptions) {
  const [batch, length, hidden] = x.shape as [number, number, number];
  const { positions, projected } = options;
  const shape = { batch, length, heads: config.heads, channels: hidden / config.heads, causal: config.causal ?? false };
  const packed = weight('attn_qkv.weight');
  const whole = () => attention(projected ?? linear(normalRows(weight, x, scale, shift), packed), shape);
  if (!positions) return whole();
  if (projected || !areFew(positions.size, x)) return tf.gather(whole(), positions);
  const rows = normalRows(weight, x, scale, shift);
  const [own, ofKeys, ofValues] = tf.split(packed, 3) as [Tensor, Tensor, Tensor];
  const queries = linear(tf.gather(rows, positions), own);
  return attentionAt(queries, [linear(rows, ofKeys), linear(rows, ofValues)], positions, shape);
}

/**
 * One transformer block, [B, L, H] to [B, L, H]:
 *
 *     y = x + g₁ ⊙ W_out attention(W_qkv (LN(x) ⊙ (1 + s₁) + b₁))
 *     z = y + g₂ ⊙ (W₂ gelu(W₁ (LN(y) ⊙ (1 + s₂) + b₂) + c₁) + c₂)
 *
 * with shifts b, scales s and gates g [B, 1, H] from the conditioning, and the norms' own weights within LN. To [1, N, H] where only
 * some flat positions are asked for: their queries alone, and all that follows the attention, which concerns each position alone.
 * Source: Peebles & Xie (arXiv 2212.09748), the block with adaLN.
 */
export function ditBlock(
  config: DitConfig,
  parameters: Parameters,
  index: number,
  x: Tensor,
  c: Tensor,
  options: BlockOptions = {},
): Tensor {
  return tf.tidy(() => {
    const { positions } = options;
    const [, length] = x.shape as [number, number, number];
    const weight = weightsOf(parameters, index);
    const [shift1, scale1, ...rest] = modulation(parameters, `blocks.${index}`, c, 6) as Six;
    const attended = attend(config, weight, x, scale1, shift1, options);
    const chosen = positions ? rowsAt(x, positions) : x;
    const at = (chunk: Tensor) => (positions ? atRows(chunk, positions, length) : chunk);
    const [gate1, shift2, scale2, gate2] = rest.map(at) as [Tensor, Tensor, Tensor, Tensor];
    const back = (y: Tensor) => tf.reshape(y, chosen.shape);
    const between = gatedResidual(chosen, back(linear(attended, weight('attn_out.weight'))), gate1);
    const normal = inRows(modulatedNorm(between, weight('norm2.weight'), scale2, shift2));
    const inner = biasedGelu(linear(normal, weight('mlp.0.weight')), weight('mlp.0.bias'));
    return gatedResidual(between, back(linear(inner, weight('mlp.2.weight'))), gate2, weight('mlp.2.bias'));
  });
}

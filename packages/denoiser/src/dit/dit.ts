import {
  type Denoiser,
  type DenoiserInput,
  InputError,
  type OutputHead,
  type Parameters,
  recomputed,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { linear } from '../layers/linear';
import { modulatedNorm } from '../layers/modulation';
import { type BlockOptions, atRows, ditBlock } from './block';
import { type DitConfig, checkDitConfig } from './config';
import { conditioning, modulation } from './conditioning';
import { TOKEN_PROJECTIONS, ditConstants, projectVocabulary } from './constants';
import type { NetworkOptions } from '../networks/network-type';
import { LARGE_NETWORK } from '../networks/sizes';
import { embed, inputShape } from './embedding';
import { parameterShapes, sizeOfAll } from './parameters';

/** Flat positions int32 [N] of rows of L tokens. */
interface Chosen {
  readonly positions: Tensor;
  readonly length: number;
}

/** What the output layer multiplies: the last block's output, normalised and modulated, [B·L, H] or [N, H]. */
function hiddenRows(parameters: Parameters, x: Tensor, c: Tensor, chosen?: Chosen): Tensor {
  const [shift, scale] = modulation(parameters, 'output_layer', c, 2).map((chunk) =>
    chosen ? atRows(chunk, chosen.positions, chosen.length) : chunk,
  ) as [Tensor, Tensor];
  const normal = modulatedNorm(x, parameters['output_layer.norm_final.weight']!, scale, shift);
  return tf.reshape(normal, [-1, x.shape[2]!]);
}

const [WEIGHT, BIAS] = ['output_layer.linear.weight', 'output_layer.linear.bias'] as const;

/** The last linear layer. */
const outputLayer: OutputHead = {
  weights: [WEIGHT, BIAS],
  apply: (parameters, hidden) => linear(hidden, parameters[WEIGHT]!, parameters[BIAS]),
  byEntry: true,
};

/**
 * The output head, to [B, L, V]; to [N, V] on the rows [1, N, H] of chosen flat positions.
 * @param length L, where positions are chosen
 */
export function ditHead(parameters: Parameters, x: Tensor, c: Tensor, chosen?: Chosen): Tensor {
  return tf.tidy(() => {
    const [batch, length] = x.shape as [number, number, number];
    const logits = outputLayer.apply(parameters, hiddenRows(parameters, x, c, chosen));
    return chosen ? logits : tf.reshape(logits, [batch, length, -1]);
  });
}

/**
 * The first block's projection of its input, where it takes a table for it: what enters that block depends on the token alone
 * when all rows share their conditioning, so that each token of the vocabulary is projected once. [B·L, 3·H]
 */
function projectTokens(parameters: Parameters, input: DenoiserInput, c: Tensor): Tensor | undefined {
  const [known, tokens] = [parameters[TOKEN_PROJECTIONS], parameters['vocab_embed.embedding']!.shape[0]!];
  if (!('ids' in input) || c.shape[0] !== 1 || (!known && 2 * tokens > input.ids.size)) return undefined;
  return tf.gather(known ?? projectVocabulary(parameters, c), tf.reshape(input.ids, [-1]) as tf.Tensor1D);
}

/** A block whose results within are computed again for the gradient. */
function recomputedBlock(
  config: DitConfig,
  parameters: Parameters,
  index: number,
  [x, c]: readonly [x: Tensor, c: Tensor],
  { positions, projected }: BlockOptions,
): Tensor {
  const names = Object.keys(parameters).filter((name) => name.startsWith(`blocks.${index}.`));
  const weights = names.map((name) => parameters[name]!);
  return recomputed(
    { inputs: [x, c, ...weights, ...(projected ? [projected] : [])], constants: positions ? [positions] : [] },
    ([own, conditions, ...rest], [chosen]) =>
      ditBlock(config, Object.fromEntries(names.map((name, i) => [name, rest[i]!])), index, own!, conditions!, {
        positions: chosen,
        projected: projected && rest[names.length],
      }),
  );
}

/** All blocks: what the head reads, [B, L, H], or [1, N, H] at chosen positions, and the conditioning. */
function runBlocks(
  { config, recompute }: { readonly config: DitConfig; readonly recompute: boolean },
  parameters: Parameters,
  input: DenoiserInput,
  sigma: Tensor,
  positions?: Tensor,
) {
  const c = conditioning(parameters, sigma, config.timeConditioned);
  let x = embed(parameters['vocab_embed.embedding']!, input);
  // What the last block computes after its keys and values is needed at the asked positions only.
  for (let i = 0; i < config.blocks; i++) {
    const options = {
      positions: i === config.blocks - 1 ? positions : undefined,
      projected: i === 0 ? projectTokens(parameters, input, c) : undefined,
    };
    x = recompute
      ? recomputedBlock(config, parameters, i, [x, c], options)
      : ditBlock(config, parameters, i, x, c, options);
  }
  return { x, c, chosen: positions && { positions, length: inputShape(input)[1] } };
}

/** @throws InputError for more tokens in a row than the rotary positions were made for, and for input that is no [B, L] or [B, L, V] */
function checkInput(config: DitConfig, input: DenoiserInput): void {
  const [, length] = inputShape(input);
  if (length > config.length)
    throw new InputError(`The model reads at most ${config.length} tokens; a sequence of ${length} was given.`);
}

/** Whether its weights, of which gradients are kept too, are so many that activations are better computed again than kept. */
const isLarge = (config: DitConfig): boolean => sizeOfAll(parameterShapes(config)) >= LARGE_NETWORK;

/**
 * The diffusion transformer of MDLM, Duo and SEDD: pre-norm blocks with rotary positions, adaLN conditioning on the total
 * noise σ, GELU in tanh form, untied head. A causal variant serves as autoregressive baseline and scorer.
 * @throws InputError for impossible sizes, or when applied to sequences longer than `config.length`
 * Source: MDLM repository, `models/dit.py`; Peebles & Xie (arXiv 2212.09748).
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { PRESETS, dit, initialParameters } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await openEngine({ prefer: 'wasm' });
 * const config = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
 * const parameters = initialParameters(config, randomStream(1));
 * const ids = tf.zeros<tf.Rank.R2>([2, 64], 'int32');
 * const logits = dit(config).apply(parameters, { ids }, tf.tensor1d([0.5, 2])); // σ of each row
 * console.log(logits.shape); // → [ 2, 64, 28 ]
 * ```
 */
export function dit(config: DitConfig, { recompute = isLarge(config) }: NetworkOptions = {}): Denoiser {
  checkDitConfig(config);
  const network = { config, recompute };
  return {
    describe: () => ({ type: config.causal ? 'causal-dit' : 'dit', config }),
    vocabSize: config.vocabSize,
    timeConditioned: config.timeConditioned,
    apply(parameters, input, sigma, { positions } = {}) {
      checkInput(config, input);
      return tf.tidy(() => {
        const { x, c, chosen } = runBlocks(network, parameters, input, sigma, positions);
        return ditHead(parameters, x, c, chosen);
      });
    },
    hidden(parameters, input, sigma, positions) {
      checkInput(config, input);
      return tf.tidy(() => {
        const { x, c, chosen } = runBlocks(network, parameters, input, sigma, positions);
        return hiddenRows(parameters, x, c, chosen);
      });
    },
    head: outputLayer,
    ...(!config.timeConditioned && { constants: (parameters: Parameters) => ditConstants(config, parameters) }),
    readsSources: true,
  };
}

import type { Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { project } from './block';
import type { DitConfig } from './config';
import { CONDITIONING, conditioning, constantModulations } from './conditioning';

/** Most numbers of a table that is kept beside the weights: 16 MB. */
const MOST_OF_TABLE = 2 ** 22;

/** The name of the first block's projections among the parameters, where they are known in advance. */
export const TOKEN_PROJECTIONS = 'blocks.0.token_projections';

/** What the first block projects each token of the vocabulary to where all rows share their conditioning, [V, 3·H]. */
export const projectVocabulary = (parameters: Parameters, c: Tensor): Tensor =>
  project(parameters, 0, tf.expandDims(parameters['vocab_embed.embedding']!, 0), c);

/**
 * What a network that does not read the noise level computes of its weights alone: conditioning and modulations, and where the
 * vocabulary is small the first block's projections of its tokens.
 */
export function ditConstants({ blocks, hidden, vocabSize }: DitConfig, parameters: Parameters): Parameters {
  const names = [...Array.from({ length: blocks }, (_, i) => `blocks.${i}`), 'output_layer'];
  return tf.tidy(() => {
    const c = conditioning(parameters, tf.zeros([1]), false);
    const modulations = constantModulations(parameters, names, c);
    const small = 3 * hidden * vocabSize <= MOST_OF_TABLE;
    return {
      ...modulations,
      [CONDITIONING]: c,
      ...(small && { [TOKEN_PROJECTIONS]: projectVocabulary({ ...parameters, ...modulations }, c) }),
    };
  });
}
